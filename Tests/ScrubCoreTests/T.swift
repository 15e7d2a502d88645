import Testing

struct PlaceholderTests {
  @Test func one() { #expect(1 == 1) }
}
