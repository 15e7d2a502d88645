internal import Foundation
internal import Mustache
internal import ScrubNative

extension PageParts {
  /// SHA-256 of a script in base64, as a Content-Security-Policy names it.
  static func hash(ofScript script: String) -> String {
    Data(Digest256.sha256(script).bytes).base64EncodedString()
  }

  /// The templates that pages have in common, by name.
  fileprivate static let templates = [
    "head": headTemplate, "claim": claimTemplate, "pairs": pairsTemplate, "table": tableTemplate,
    "prose": proseTemplate, "flow": flowTemplate, "columns": columnsTemplate,
  ]

  /// What an optional value holds, if anything; any other value itself.
  fileprivate static func unwrapped(_ value: Any) -> Any? {
    let mirror = Mirror(reflecting: value)
    return mirror.displayStyle == .optional ? mirror.children.first?.value : value
  }

  /// The head of a document up to its title.
  private static let headTemplate = #"""
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none';
    style-src 'unsafe-inline'; script-src 'sha256-{{scriptHash}}'; img-src data:;
    base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="data:,">

    """#

  /// The headline, what it rests on, what needs a look, and the numbers.
  private static let claimTemplate = #"""
    <h1>{{headline}}</h1>
    {{#lead}}
    <p class="soft">{{> prose}}</p>
    {{/lead}}
    {{#hasLooks}}
    <section class="looks" aria-labelledby="looks">
    <h2 id="looks">Needs a look</h2>
    <ul>
    {{#looks}}
    <li><a href="#{{section}}">{{finding}}</a>. <span class="soft">{{> prose}}</span></li>
    {{/looks}}
    </ul>
    </section>
    {{/hasLooks}}
    <dl class="facts">
    {{#facts}}
    <div><dt>{{label}}</dt><dd class="figure">{{figure}}</dd>
    {{#remark}}<dd class="remark">{{remark}}</dd>{{/remark}}</div>
    {{/facts}}
    </dl>

    """#

  /// What the page is about, as terms and what they are.
  private static let pairsTemplate = #"""
    {{#pairs}}
    <dt>{{term}}</dt>
    <dd>
    {{#plain}}{{plain}}{{/plain}}
    {{^plain}}<code class="hex-wrap">{{{code}}}</code>{{/plain}}
    </dd>
    {{/pairs}}

    """#

  /// A section that is a `PageTable`.
  private static let tableTemplate = #"""
    <section aria-labelledby="{{tableID}}">
    <h2 id="{{tableID}}">{{title}}</h2>
    {{#hasNote}}<p class="soft">{{> prose}}</p>{{/hasNote}}
    {{#limit}}<p>{{> prose}}</p>{{/limit}}
    <div class="scroll" role="region" tabindex="0" aria-labelledby="{{tableID}}">
    <table class="sortable cards"><caption>{{title}}</caption>
    <thead><tr>
    {{#heads}}
    <th scope="col" class="{{headClass}}">{{head}}</th>
    {{/heads}}
    </tr></thead>
    <tbody>
    {{#rows}}
    <tr>
    <th scope="row" class="word"{{#rowID}} id="{{rowID}}"{{/rowID}}><code>{{{name}}}</code></th>
    {{#cells}}
    <td class="{{cellClass}}">{{{content}}}{{> prose}}</td>
    {{/cells}}
    </tr>
    {{/rows}}
    </tbody></table>
    </div>
    </section>

    """#

  /// Text with what stood between backquotes as code.
  private static let proseTemplate = #"""
    {{#prose}}{{^isCode}}{{piece}}{{/isCode}}\#
    {{#isCode}}<code{{#isShort}} class="word"{{/isShort}}>{{piece}}</code>{{/isCode}}{{/prose}}
    """#

  private static let flowTemplate = #"""
    <figure class="{{format}}">
    <svg viewBox="0 0 {{width}} {{height}}" role="img"
      aria-labelledby="flow-{{format}}-title flow-{{format}}-desc">
    <title id="flow-{{format}}-title">{{flowCaption}}</title>
    <desc id="flow-{{format}}-desc">{{summary}}</desc>
    {{#bands}}
    <path class="ribbon fill-{{colour}}" d="{{ribbon}}"/>
    <rect class="fill-{{colour}}" x="{{blockLeft}}" y="{{blockTop}}" width="12" height="{{blockHeight}}"/>
    <text class="name" x="{{textLeft}}" y="{{nameBaseline}}">{{name}}
    {{#remark}}
    <tspan class="remark">{{remark}}</tspan>
    {{/remark}}
    </text>
    <text class="detail" x="{{textLeft}}" y="{{detailBaseline}}">{{detail}}</text>
    {{#members}}
    <text class="members" x="{{textLeft}}" y="{{membersBaseline}}">{{members}}</text>
    {{/members}}
    {{/bands}}
    <rect class="fill-plain" x="0" y="{{trunkTop}}" width="12" height="{{trunkHeight}}"/>
    </svg>
    </figure>

    """#

  private static let columnsTemplate = #"""
    <figure class="{{format}}">
    <svg viewBox="0 0 {{width}} {{height}}" role="img"
      aria-labelledby="{{chartID}}-{{format}}-title {{chartID}}-{{format}}-desc">
    <title id="{{chartID}}-{{format}}-title">{{chartCaption}}</title>
    <desc id="{{chartID}}-{{format}}-desc">{{summary}}</desc>
    <line class="track" x1="0" y1="{{ceiling}}" x2="{{end}}" y2="{{ceiling}}"/>
    <text class="detail" x="{{end}}" y="12" text-anchor="end">{{largest}}</text>
    {{#segments}}
    <rect class="fill-{{colour}}" x="{{left}}" y="{{top}}" width="{{width}}" height="{{height}}"/>
    {{/segments}}
    <line class="track" x1="0" y1="{{baseline}}" x2="{{end}}" y2="{{baseline}}"/>
    <text x="0" y="{{labelBaseline}}">{{firstLabel}}</text>
    <text x="{{end}}" y="{{labelBaseline}}" text-anchor="end">{{lastLabel}}</text>
    </svg>
    </figure>

    """#
}

/// The template of a page with those that it uses, read once for all pages of its kind.
struct PageTemplate: Sendable {
  private struct Templates {
    let page: MustacheTemplate
    let library: MustacheLibrary
  }

  private let templates: Result<Templates, any Error>

  /// - Parameter own: the templates that it uses beside those that pages have in common.
  init(_ page: String, with own: [String: String] = [:]) {
    templates = Result {
      let all = try PageParts.templates.merging(own) { _, own in own }.mapValues { try MustacheTemplate(string: $0) }
      return Templates(page: try MustacheTemplate(string: page), library: MustacheLibrary(templates: all))
    }
  }

  /// A page: the template filled with the properties of a view.
  ///
  /// - Throws: the template library's error if a template does not parse; no data can cause that.
  func render(_ view: Any) throws -> String {
    let templates = try templates.get()
    return templates.page.render(Self.members(of: view), library: templates.library)
  }

  /// The properties of a view by name, found once: reflection is too slow for every place that shows one.
  private static func members(of view: Any) -> [String: Any] {
    var members: [String: Any] = [:]
    for (name, value) in Mirror(reflecting: view).children {
      if let name { members[name] = PageParts.unwrapped(value) }
    }
    return members
  }
}

/// A part of a page that templates use by the names of its properties, found faster than the library does it.
protocol Shown: MustacheParent {}

extension Shown {
  func child(named name: String) -> Any? {
    for (label, value) in Mirror(reflecting: self).children where label == name { return PageParts.unwrapped(value) }
    return nil
  }
}
