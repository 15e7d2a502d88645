/// A number of JSON as identities spell it. Tables that hold whole numbers as fractions write `700000001` as `700000001.0` or
/// `7.00000001E8`, and whoever reads such a number reads the same.
///
/// - Returns: the digits; nothing where they stand there already, or where it is no whole number.
package func identityDigits(ofNumber text: borrowing RawSpan, _ range: Range<Int>) -> [UInt8]? {
  guard range.contains(where: { !isDigit(text[$0]) }), let whole = DecimalNumber(text, range)?.whole else { return nil }
  return Array(String(whole).utf8)
}
