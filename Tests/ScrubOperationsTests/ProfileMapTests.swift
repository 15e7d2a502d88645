import ScrubCore
import Testing

@testable import ScrubOperations

/// Which profile an event belongs to.
@Suite struct ProfileMapTests {
  private func carrier(_ workspace: String, _ values: (IdentityKind, String)..., into merged: String? = nil) -> Carrier {
    var carrier = Carrier()
    carrier.workspace = Array(workspace.utf8)
    carrier.values = values.map { Carrier.Value(identity: Identity($0, normalised: Array($1.utf8)), isMerge: false) }
    if let merged {
      carrier.values.append(Carrier.Value(identity: Identity(.brazeID, normalised: Array(merged.utf8)), isMerge: true))
    }
    return carrier
  }

  private func owners(_ carriers: [Carrier]) -> [ProfileMap.Owner] {
    var book = CarrierBook()
    for carrier in carriers { _ = book.take(carrier) }
    var graph = IdentityGraph(book, Aliases())
    for number in book.carriers.indices { _ = graph.add(number) }
    return ProfileMap(graph, allowed: [], named: []).owners
  }

  @Test func chainsAndCirclesAreOne() {
    let owners = owners([
      carrier("w", (.brazeID, "a"), into: "b"), carrier("w", (.brazeID, "b"), into: "c"), carrier("w", (.brazeID, "c"), into: "a"),
    ])
    #expect(Set(owners).count == 1)
  }

  @Test func whatWentIntoTwoIsNobodys() {
    let owners = owners([
      carrier("w", (.brazeID, "x"), into: "a"), carrier("w", (.brazeID, "x"), into: "b"), carrier("w", (.brazeID, "a")),
      carrier("w", (.brazeID, "b")),
    ])
    #expect(Set([owners[0], owners[2], owners[3]]).count == 3)
  }

  @Test func twoThatAreOneMayTakeAThird() {
    let owners = owners([
      carrier("w", (.brazeID, "x"), into: "a"), carrier("w", (.brazeID, "x"), into: "b"),
      carrier("w", (.brazeID, "a"), (.externalID, "e")), carrier("w", (.brazeID, "b"), (.externalID, "e")),
    ])
    #expect(Set(owners).count == 1)
  }

  @Test func oneExternalIDInTwoWorkspacesIsTwoPeople() {
    let owners = owners([carrier("w", (.externalID, "e")), carrier("v", (.externalID, "e")), carrier("", (.externalID, "e"))])
    #expect(owners[0] != owners[1])
    #expect(owners[2] == .doubtful)
  }

  @Test func messagesFromNobodyGoToWhoeverCarriesTheNumberAlone() {
    let alone = owners([carrier("w", (.brazeID, "a"), (.phone, "12025550143")), carrier("w", (.phone, "12025550143"))])
    #expect(alone[0] == alone[1])
    let shared = owners([
      carrier("w", (.brazeID, "a"), (.phone, "12025550143")), carrier("w", (.brazeID, "b"), (.phone, "12025550143")),
      carrier("w", (.phone, "12025550143")),
    ])
    #expect(shared[2] == .doubtful)
  }

  @Test func devicesLeadNowhere() {
    let owners = owners([carrier("w", (.brazeID, "a"), (.deviceID, "d")), carrier("w", (.deviceID, "d"))])
    #expect(owners[1] == .nobody)
  }
}
