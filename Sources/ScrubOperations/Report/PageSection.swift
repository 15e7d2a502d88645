/// A section of a page with its heading, to which links lead.
struct PageSection {
  let id: String
  let title: String
  let markup: Markup

  /// - Parameter isNewPage: whether it starts a page when printed.
  init(_ id: String, _ title: String, isNewPage: Bool = false, _ body: Markup) {
    self.id = id
    self.title = title
    markup = """
      <section aria-labelledby="\(id)"\(isNewPage ? " class=\"new-page\"" as Markup : "")>
      <h2 id="\(id)">\(title)</h2>
      \(body)
      </section>

      """
  }
}
