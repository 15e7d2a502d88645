/// The family of a user agent: which program asks, without its version, system and device.
enum UserAgent {
  /// Signs in the order in which they decide, for most programs also call themselves by the names of others.
  private static let signs: [(sign: [UInt8], family: [UInt8])] = [
    ("GoogleImageProxy", "Gmail image proxy"), ("YahooMailProxy", "Yahoo Mail proxy"), ("Thunderbird/", "Thunderbird"),
    ("Outlook", "Outlook"), ("Googlebot", "Bot"), ("bingbot", "Bot"), ("bot/", "Bot"), ("Bot/", "Bot"), ("bot;", "Bot"),
    ("crawler", "Bot"), ("spider", "Bot"), ("SamsungBrowser/", "Samsung Internet"), ("OPR/", "Opera"), ("OPiOS/", "Opera"),
    ("Opera", "Opera"), ("Edg/", "Edge"), ("EdgA/", "Edge"), ("EdgiOS/", "Edge"), ("Edge/", "Edge"),
    ("Vivaldi/", "Vivaldi"), ("DuckDuckGo/", "DuckDuckGo"), ("FBAN/", "Facebook"), ("FBAV/", "Facebook"),
    ("Instagram ", "Instagram"), ("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("; wv)", "Android WebView"),
    ("CriOS/", "Chrome"), ("Chromium/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
    ("Trident/", "Internet Explorer"), ("MSIE ", "Internet Explorer"), ("AppleWebKit/", "WebKit"), ("Dalvik/", "Android"),
    ("okhttp/", "Android"), ("CFNetwork/", "Apple"), ("curl/", "HTTP library"), ("python-requests/", "HTTP library"),
    ("Go-http-client/", "HTTP library"), ("Java/", "HTTP library"), ("axios/", "HTTP library"),
  ].map { (Array($0.0.utf8), Array($0.1.utf8)) }
  private static let other = Array("Other".utf8)

  /// - Returns: false for an empty text.
  static func append(_ text: borrowing RawSpan, _ range: Range<Int>, to output: inout ByteSink) -> Bool {
    guard !range.isEmpty else { return false }
    for known in signs where text.equals(range, known.family) {
      output.append(known.family)
      return true
    }
    let family = signs.first { contains(text, range, $0.sign) }?.family ?? other
    output.append(family)
    return true
  }

  private static func contains(_ text: borrowing RawSpan, _ range: Range<Int>, _ sign: [UInt8]) -> Bool {
    var index = range.lowerBound
    while index + sign.count <= range.upperBound {
      index = text.firstIndex(of: sign[0], in: index..<range.upperBound)
      guard index + sign.count <= range.upperBound else { return false }
      if text.equals(index..<(index + sign.count), sign) { return true }
      index += 1
    }
    return false
  }
}
