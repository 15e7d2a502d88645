/// Made-up words of the sample; no name, address or number in it belongs to anybody.
enum SampleWords {
  /// A name as people write it, and as their email address has it.
  typealias Name = (spelled: String, plain: String)

  static let firstNames: [Name] = [
    ("Ada", "ada"), ("Zoé", "zoe"), ("Björn", "bjorn"), ("Łucja", "lucja"), ("Mateo", "mateo"),
    ("Siân", "sian"),
    ("Jo \"Jojo\"", "jojo"), ("D’Arcy", "darcy"), ("Anne-Lise", "anne-lise"), ("李明", "liming"),
    ("Σοφία", "sofia"),
    ("Nuño", "nuno"), ("Imani", "imani"), ("Oskar", "oskar"), ("Priya", "priya"), ("Hélène", "helene"),
    ("Kenji", "kenji"), ("Fatou", "fatou"), ("Liam", "liam"), ("Noor", "noor"), ("Ingrid", "ingrid"),
    ("Tomasz", "tomasz"), ("Chloë", "chloe"), ("Rafael", "rafael"), ("Yuki", "yuki"), ("Amara", "amara"),
    ("Élodie", "elodie"), ("Viktor", "viktor"), ("Maeve", "maeve"), ("Jürgen", "jurgen"), ("Sana", "sana"),
    ("Paulo", "paulo"), ("Rosa", "rosa"), ("Émile", "emile"), ("Hana", "hana"), ("Otto", "otto"),
  ]

  static let lastNames: [Name] = [
    ("Quillwick", "quillwick"), ("Téstard", "testard"), ("Brambleigh", "brambleigh"),
    ("Óskarsdal", "oskarsdal"),
    ("O'Samplen", "osamplen"), ("van der Proef", "vanderproef"), ("Ferrandelle", "ferrandelle"),
    ("Nakamorita", "nakamorita"), ("Müsterfeld", "musterfeld"), ("Kowalczeck", "kowalczeck"),
    ("Oyelamide", "oyelamide"), ("D'Ostravy", "dostravy"), ("Lindqvarst", "lindqvarst"),
    ("Pérezgil", "perezgil"),
    ("Tannhollow", "tannhollow"), ("Vasquerro", "vasquerro"), ("Ångmark", "angmark"),
    ("Dubrillon", "dubrillon"),
    ("Marlowitz", "marlowitz"), ("Çelebor", "celebor"), ("Hathermoor", "hathermoor"), ("Iwanako", "iwanako"),
    ("Jedlinka", "jedlinka"), ("Corvanti", "corvanti"), ("Weissenbrook", "weissenbrook"),
    ("Ndiayembe", "ndiayembe"),
    ("Sorrelby", "sorrelby"), ("Gruenwaldt", "gruenwaldt"), ("Petrovskin", "petrovskin"),
    ("Zamoretti", "zamoretti"),
  ]

  struct Place {
    let country: String
    let timezone: String
    let language: String
    let city: String
    let latitude: Float
    let longitude: Float
  }

  static let places: [Place] = [
    Place(
      country: "US", timezone: "America/New_York", language: "en", city: "Fairhollow", latitude: 40.71,
      longitude: -74),
    Place(
      country: "US", timezone: "America/Los_Angeles", language: "en", city: "Port Sample", latitude: 34.05,
      longitude: -118.24),
    Place(
      country: "GB", timezone: "Europe/London", language: "en", city: "Little Testing", latitude: 51.5,
      longitude: -0.12),
    Place(
      country: "FR", timezone: "Europe/Paris", language: "fr", city: "Sainte-Épreuve", latitude: 48.85,
      longitude: 2.35),
    Place(
      country: "DE", timezone: "Europe/Berlin", language: "de", city: "Musterstadt", latitude: 52.52,
      longitude: 13.4),
    Place(
      country: "ES", timezone: "Europe/Madrid", language: "es", city: "Villaprueba", latitude: 40.41,
      longitude: -3.7),
    Place(
      country: "BR", timezone: "America/Sao_Paulo", language: "pt", city: "São Exemplo", latitude: -23.55,
      longitude: -46.63),
    Place(
      country: "JP", timezone: "Asia/Tokyo", language: "ja", city: "見本市", latitude: 35.68, longitude: 139.69),
    Place(
      country: "PL", timezone: "Europe/Warsaw", language: "pl", city: "Wzorcowo", latitude: 52.22,
      longitude: 21.01),
    Place(
      country: "SN", timezone: "Africa/Dakar", language: "fr", city: "Ndar Exemple", latitude: 14.69,
      longitude: -17.44),
  ]

  static let campaigns = [
    "Spring Sale – Loyalty Tier", "Abandoned Cart Reminder", "Bienvenue : première commande",
    "Weekly Digest EN",
    "Win-back 90 days", "Back in stock", "Order shipped", "Birthday voucher", "App update 7.2",
    "Soldes d’été",
    "Review request", "\"Last chance\" countdown", "Store opening Port Sample", "NPS survey Q2",
    "Refer a friend",
    "Password changed", "Neue Kollektion", "Points expiring", "Black Week teaser", "Payment failed",
  ]
  static let canvases = [
    "Onboarding 2026", "Lapsed customers journey", "Post-purchase care", "Parcours fidélité", "Trial to paid",
    "Cart recovery multi-channel", "Event reminder flow", "Subscription renewal",
  ]
  static let steps = [
    "Day 0 – Welcome message", "Day 2 – Reminder with voucher", "Day 4 – Nudge by push",
    "Decision: opened or not?",
    "Day 7 – Fallback by SMS", "Day 10 – Thank-you message",
  ]
  static let variations = ["Variant 1: short copy", "Variant 2: long copy", "Variant 3: no picture"]
  static let segments = ["gold", "silver", "bronze", "none"]
  static let customEvents = [
    "product_viewed", "added_to_cart", "search_performed", "video_watched", "wishlist_updated",
    "level_completed",
    "newsletter_joined", "store_visited",
  ]
  static let tags = ["news", "shop", "promo"]
  static let mailboxes = ["Gmail", "Outlook", "Yahoo", "Apple", "Other"]
  static let browsers = ["Chrome", "Safari", "Firefox", "Mobile Safari", "Outlook"]
  static let carriers = ["Sample Mobile", "Télé Fictif", "Example Wireless"]
  static let productIDs = ["SKU-1042", "SKU-2201-XL", "gift-card-50", "SKU-77", "plan_pro_yearly"]

  static let userAgents = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/135.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/135.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:137.0) Gecko/20100101 Firefox/137.0",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)",
  ]

  static let base64Alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
