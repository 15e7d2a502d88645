/// The people of a sample, each made again from its number whenever it is needed, so that none is kept.
///
/// A user is one Braze profile. Numbers come in neighbourhoods of fifty, in each of which the same places have
/// the same story: 7 was merged into 8 and 8 into 9, 16 to 18 are a household with one address, 12 and 13 share
/// a phone, 40 and 41 are one account made twice, 44 and 45 have one external id in two workspaces.
struct SamplePopulation {
  /// One profile became part of another (`users.UserOrphan`).
  struct Merge {
    let orphan: Int
    let survivor: Int
  }

  let seed: UInt64
  let users: Int

  static let neighbourhood = 50
  static let workspaces = 3

  /// How many users have a phone: the ranges kept for fiction hold no more numbers.
  static let phones = 100_000
}

extension SamplePopulation {
  /// Whose email address this user has.
  func emailOwner(_ user: Int) -> Int {
    switch user % Self.neighbourhood {
    case 7, 8: neighbour(of: user, at: 9)
    case 17, 18: neighbour(of: user, at: 16)
    case 20: neighbour(of: user, at: 21)
    default: user
    }
  }

  /// Whose phone this user has.
  func phoneOwner(_ user: Int) -> Int {
    switch user % Self.neighbourhood {
    case 7, 8: neighbour(of: user, at: 9)
    case 13: neighbour(of: user, at: 12)
    case 20: neighbour(of: user, at: 21)
    default: user
    }
  }

  /// Whose account id this user has.
  private func accountOwner(_ user: Int) -> Int {
    switch user % Self.neighbourhood {
    case 41: neighbour(of: user, at: 40)
    case 45: neighbour(of: user, at: 44)
    default: user
    }
  }

  /// The user with the same person behind it.
  private func nameOwner(_ user: Int) -> Int {
    switch user % Self.neighbourhood {
    case 7, 8: neighbour(of: user, at: 9)
    case 20: neighbour(of: user, at: 21)
    case 41: neighbour(of: user, at: 40)
    default: user
    }
  }

  /// The user whose last name, place and workspace this one has.
  private func family(_ user: Int) -> Int {
    switch user % Self.neighbourhood {
    case 7, 8: neighbour(of: user, at: 9)
    case 13: neighbour(of: user, at: 12)
    case 17, 18: neighbour(of: user, at: 16)
    case 20: neighbour(of: user, at: 21)
    case 31, 32: neighbour(of: user, at: 30)
    case 41: neighbour(of: user, at: 40)
    case 45: neighbour(of: user, at: 44)
    default: user
    }
  }

  /// The user at that place of the neighbourhood, or the user itself where the sample ends before it.
  private func neighbour(of user: Int, at place: Int) -> Int {
    let neighbour = user - user % Self.neighbourhood + place
    return neighbour < users ? neighbour : user
  }

  /// The workspace; a small population has but one, so that its merges stay inside.
  func workspace(_ user: Int) -> Int {
    guard users > 9 else { return 0 }
    let family = family(user)
    let share = hash(.person, family) % 10
    let home = share < 6 ? 0 : share < 9 ? 1 : 2
    return user % Self.neighbourhood == 45 && family != user ? (home + 1) % Self.workspaces : home
  }

  func isAnonymous(_ user: Int) -> Bool {
    switch user % Self.neighbourhood {
    case 0, 9, 12, 13, 16, 17, 18, 21, 30, 31, 32, 40, 41, 44, 45: false
    case 7, 8, 20: user != emailOwner(user)
    default: hash(.externalID, user) % 8 == 0
    }
  }

  /// All merges that can be told, a chain and a cycle first.
  var merges: [Merge] {
    var merges: [Merge] = []
    for start in stride(from: 0, to: users, by: Self.neighbourhood) {
      let pairs =
        start == 0 ? [(7, 8), (8, 9), (30, 31), (31, 32), (32, 30), (20, 21)] : [(7, 8), (8, 9), (20, 21)]
      for (orphan, survivor) in pairs where start + max(orphan, survivor) < users {
        merges.append(Merge(orphan: start + orphan, survivor: start + survivor))
      }
    }
    return merges.isEmpty ? [Merge(orphan: 0, survivor: users - 1)] : merges
  }

  /// The users of the same neighbourhood, this one included.
  func neighbours(of user: Int) -> Range<Int> {
    let start = user - user % Self.neighbourhood
    return start..<min(start + Self.neighbourhood, users)
  }

  func hasPhone(_ user: Int) -> Bool { phoneOwner(user) < Self.phones }

  func hash(_ purpose: SamplePurpose, _ number: Int) -> UInt64 {
    SampleRandom.hash(seed, purpose.rawValue, number)
  }

  func place(of user: Int) -> SampleWords.Place {
    SampleWords.places[Int(hash(.person, family(user)) >> 8 % UInt64(SampleWords.places.count))]
  }

  func firstName(of user: Int) -> SampleWords.Name {
    SampleWords.firstNames[Int(hash(.person, nameOwner(user)) >> 16 % UInt64(SampleWords.firstNames.count))]
  }

  func lastName(of user: Int) -> SampleWords.Name {
    SampleWords.lastNames[Int(hash(.person, family(user)) >> 24 % UInt64(SampleWords.lastNames.count))]
  }
}

extension SamplePopulation {
  /// 24 hex digits: a time of creation, random digits, the user's number.
  func addBrazeID(of user: Int, to text: inout SampleText) {
    let random = hash(.brazeID, user)
    text.add(hex: 0x6500_0000 + random % 0x0400_0000, digits: 8)
    text.add(hex: random >> 24, digits: 10)
    text.add(hex: UInt64(user), digits: 6)
  }

  /// Account ids in the spellings that customers use; unique within a workspace but for the accounts made twice.
  func addExternalID(of user: Int, to text: inout SampleText) {
    let owner = accountOwner(user)
    let random = hash(.externalID, owner)
    switch random >> 8 % 5 {
    case 0: text.add(uuid: random, UInt64(owner))
    case 1:
      text.add("cust_")
      text.add(hex: random, digits: 4)
      text.add(decimal: owner, width: 6)
    case 2: text.add(decimal: 10_000_000 + owner)
    default:
      text.add("user-")
      text.add(decimal: owner, width: 7)
    }
  }

  /// Equal where two users have the same account id; nil for anonymous users.
  func account(of user: Int) -> Int? { isAnonymous(user) ? nil : accountOwner(user) }

  /// An address at `example.test`; the user's number before any tag makes it unique.
  func addEmail(of user: Int, to text: inout SampleText) {
    let owner = emailOwner(user)
    let random = hash(.person, owner)
    let start = text.bytes.count
    addLocalPart(of: owner, style: Int(random >> 32 % 6), to: &text)
    if random >> 32 % 6 == 3 { text.upperCase(from: start, length: 1) }
    switch random >> 40 % 20 {
    case 0: text.add("@Example.Test")
    case 1, 2: text.add("@mail.example.test")
    default: text.add("@example.test")
    }
  }

  private func addLocalPart(of owner: Int, style: Int, to text: inout SampleText) {
    let first = firstName(of: owner).plain
    let last = lastName(of: owner).plain
    switch style {
    case 0, 1:
      text.add(first)
      text.add(".")
      text.add(last)
    case 2: text.add(first)
    case 3:
      text.add(first)
      text.add("_")
    case 4:
      text.add(first)
      text.add(".")
    default:
      text.add(last)
      text.add("-")
    }
    text.add(decimal: owner)
    if style == 4 {
      text.add("+")
      text.add(SampleWords.tags[owner % SampleWords.tags.count])
    }
  }

  /// The phone number in digits, country code first, from ranges kept for fiction: the 555-01XX numbers of
  /// North America, Ofcom's 07700 900XXX, and Arcep's numbers for films.
  func addPhoneDigits(of user: Int, to text: inout SampleText) {
    let owner = phoneOwner(user)
    let number = owner < 3000 ? owner / 3 : 1000 + (owner - 3000) / 2
    switch owner < 3000 ? owner % 3 : owner % 2 * 2 {
    case 0:
      let area = 2 + number / 100
      let middle = area % 89
      text.add("1")
      text.add(decimal: 2 + area / 89 % 8)
      text.add(decimal: middle < 11 ? middle : middle + 1, width: 2)
      text.add("55501")
      text.add(decimal: number % 100, width: 2)
    case 1:
      text.add("447700900")
      text.add(decimal: number, width: 3)
    default:
      text.add("33")
      text.add(["63998", "19900", "26191", "35301", "46571", "53649"][number / 10_000 % 6])
      text.add(decimal: number % 10_000, width: 4)
    }
  }

  func devices(of user: Int) -> Int { 1 + Int(hash(.device, user) % 3) }

  func addDeviceID(of user: Int, _ device: Int, to text: inout SampleText) {
    let number = user * 4 + device
    text.add(uuid: hash(.device, number &+ 1_000_000_000), hash(.device, number &+ 2_000_000_000))
  }

  /// The advertising id; one device in six does not give it away and shows zeros.
  func addAdvertisingID(of user: Int, _ device: Int, to text: inout SampleText) {
    let number = user * 4 + device
    let random = hash(.advertisingID, number)
    guard random % 6 > 0 else { return text.add("00000000-0000-0000-0000-000000000000") }
    let start = text.bytes.count
    text.add(uuid: random, hash(.advertisingID, number &+ 1_000_000_000))
    if platform(of: user, device) == .ios { text.upperCase(from: start) }
  }

  func platform(of user: Int, _ device: Int) -> SamplePlatform {
    switch hash(.device, user) >> 8 &+ UInt64(device) {
    case let share where share % 5 < 2: .ios
    case let share where share % 5 < 4: .android
    default: .web
    }
  }

  func addLineID(of user: Int, to text: inout SampleText) {
    text.add("U")
    text.add(hex: hash(.lineID, user), digits: 16)
    text.add(hex: hash(.lineID, user &+ 1_000_000_000), digits: 16)
  }

  /// WhatsApp's id of a user for one business.
  func addScopedID(of user: Int, to text: inout SampleText) {
    text.add(place(of: user).country)
    text.add(".")
    text.add(decimal: Int(hash(.scopedID, user) % 9_000_000_000) + 1_000_000_000)
    text.add(decimal: user, width: 8)
  }
}

/// What a device runs.
enum SamplePlatform: String {
  case ios, android, web
}
