internal import Glibc

/// A file of an archive, before it is opened.
package struct ArchiveFile: Hashable, Sendable {
  /// Where it is.
  package let path: String
  /// Where it stands below its input, and its output below OUT.
  package let relative: String
  /// Bytes, when it was listed.
  package let size: Int
  /// Whose place tells what it holds: its own path, or that of the file of which it is a copy or which it is to replace.
  package let place: String

  package init(path: String, relative: String, size: Int, place: String? = nil) {
    self.path = path
    self.relative = relative
    self.size = size
    self.place = place ?? path
  }
}

/// What a walk found.
package struct Listing: Sendable {
  /// In byte order of the relative paths.
  package var files: [ArchiveFile] = []
  /// Names that are ours or nobody's data, and empty files.
  package var ignored = 0
  /// Of those the files in folders that are nobody's data by their names: how many each has.
  package var passedOver: [String: Int] = [:]
  /// Of those the empty files, by their relative paths, in no order.
  package var empty: [String] = []
  package var failures: [Failure] = []

  package init() {}
}

/// Lists the files of an archive.
///
/// Links are never followed: who may write into an archive could point one anywhere.
package struct ArchiveWalker {
  private let isIgnored: (String) -> Bool
  private let isWhole: Bool
  private var listing = Listing()
  private static let depthLimit = 64

  private init(whole isWhole: Bool, ignoring isIgnored: @escaping (String) -> Bool) {
    self.isWhole = isWhole
    self.isIgnored = isIgnored
  }

  /// Lists a folder's files, or one file, under `prefix`; of an address the objects under it.
  ///
  /// - Parameter chosen: the only files that are looked at, by their paths below the root as such a walk found them;
  ///   nothing for all.
  /// - Parameter isWhole: whether names that are nobody's data count too: somebody's may lie under them.
  /// - Parameter isIgnored: names or relative paths to leave out, beside the usual ones.
  package static func list(
    _ root: String, prefix: String, only chosen: [String]? = nil, whole isWhole: Bool = false,
    ignoring isIgnored: @escaping (String) -> Bool
  ) -> Listing {
    if let address = ObjectAddress(root) {
      return ObjectWalker.list(address, prefix: prefix, only: chosen, whole: isWhole, ignoring: isIgnored)
    }
    var walker = ArchiveWalker(whole: isWhole, ignoring: isIgnored)
    var status = stat()
    guard unsafe stat(root, &status) == 0 else {
      walker.listing.failures.append(Failure(.unreadable, path: root))
      return walker.listing
    }
    if let chosen, status.st_mode & S_IFMT == S_IFDIR {
      walker.choose(chosen, root, prefix: prefix)
    } else if status.st_mode & S_IFMT == S_IFDIR {
      walker.folder(root, unsafe open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), relative: prefix, depth: 0)
    } else {
      let name = root.split(separator: "/").last.map(String.init) ?? root
      walker.file(root, relative: prefix.isEmpty ? name : prefix + "/" + name, status)
    }
    walker.listing.files.sort { $0.relative.utf8.lexicographicallyPrecedes($1.relative.utf8) }
    return walker.listing
  }

  /// Takes files that a walk found before. One that is gone by now is a failure of its own.
  private mutating func choose(_ chosen: [String], _ root: String, prefix: String) {
    var folders: [Substring: Bool] = ["": true]
    for name in chosen {
      let relative = prefix.isEmpty ? name : prefix + "/" + name
      let path = root + "/" + name
      var status = stat()
      let isThere = unsafe Self.isBelowFolders(name[...], root, &folders) && lstat(path, &status) == 0
      if isThere {
        file(path, relative: relative, status)
      } else {
        listing.failures.append(Failure(.unreadable, path: relative))
      }
    }
  }

  /// Whether everything above a name is a folder, and no link to one.
  ///
  /// - Parameter known: what is known of folders by now.
  private static func isBelowFolders(_ name: Substring, _ root: String, _ known: inout [Substring: Bool]) -> Bool {
    let folder = name.utf8.lastIndex(of: UInt8(ascii: "/")).map { name[..<$0] } ?? ""
    if let isFolder = known[folder] { return isFolder }
    var status = stat()
    let isFolder =
      unsafe folder != ".." && !folder.hasSuffix("/..") && isBelowFolders(folder, root, &known)
      && lstat(root + "/" + folder, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    known[folder] = isFolder
    return isFolder
  }

  /// - Parameter descriptor: of the folder, which is closed; negative where it cannot be opened.
  private mutating func folder(_ path: String, _ descriptor: Int32, relative: String, depth: Int) {
    guard descriptor >= 0, depth < Self.depthLimit, let stream = unsafe fdopendir(descriptor) else {
      if descriptor >= 0 { close(descriptor) }
      listing.failures.append(Failure(.unreadable, path: relative.isEmpty ? path : relative))
      return
    }
    defer { unsafe closedir(stream) }
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        if errno != 0 { listing.failures.append(Failure(.unreadable, path: relative.isEmpty ? path : relative)) }
        return
      }
      let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
        unsafe Array(name.prefix { $0 != 0 })
      }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        let whole = (relative.isEmpty ? [] : Array((relative + "/").utf8)) + bytes
        listing.failures.append(Failure(.nameNotText, path: pathText(whole)))
        continue
      }
      if name == "." || name == ".." { continue }
      visit(name, in: path, unsafe dirfd(stream), relative, depth)
    }
  }

  /// - Parameter descriptor: of the folder; names are looked up in it, not all the way from the root.
  private mutating func visit(
    _ name: String, in folder: String, _ descriptor: Int32, _ parent: String, _ depth: Int
  ) {
    let relative = parent.isEmpty ? name : parent + "/" + name
    let path = folder + "/" + name
    if Self.isPassedOver(name, whole: isWhole) || isIgnored(name) || isIgnored(relative) {
      let isAsked = isIgnored(name) || isIgnored(relative)
      let files = isAsked || Self.isPassedOver(name, whole: true) ? 0 : Self.fileCount(name, in: descriptor, depth: depth)
      if files > 0 { listing.passedOver[relative] = files }
      // A lock, or a file of a run that was cut off, is ours and none of the archive's.
      if !name.hasPrefix(".currents-scrub") { listing.ignored += max(files, 1) }
      return
    }
    var status = stat()
    guard unsafe fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      listing.failures.append(Failure(.unreadable, path: relative))
      return
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      let inner = unsafe openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      self.folder(path, inner, relative: relative, depth: depth + 1)
    } else {
      file(path, relative: relative, status)
    }
  }

  /// How many files lie in a folder and those in it; none in what is no folder, or cannot be opened.
  private static func fileCount(_ name: String, in parent: Int32, depth: Int) -> Int {
    let descriptor = unsafe openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0, depth < depthLimit, let stream = unsafe fdopendir(descriptor) else {
      if descriptor >= 0 { close(descriptor) }
      return 0
    }
    defer { unsafe closedir(stream) }
    var count = 0
    while let entry = unsafe readdir(stream) {
      let bytes = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in unsafe Array(name.prefix { $0 != 0 }) }
      let inner = String(decoding: bytes, as: UTF8.self)
      var status = stat()
      guard inner != ".", inner != "..", unsafe fstatat(dirfd(stream), inner, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFDIR {
        count += unsafe fileCount(inner, in: dirfd(stream), depth: depth + 1)
      } else if status.st_size > 0 {
        count += 1
      }
    }
    return count
  }

  /// The folder on a path that is nobody's data by its name alone; nothing where none is, or where the path is left out as asked.
  ///
  /// - Parameter prefix: as of `leavesOut`.
  static func folderPassedOver(_ parts: [String], below prefix: String, _ isIgnored: (String) -> Bool) -> String? {
    var relative = prefix
    for part in parts.dropLast() {
      relative = relative.isEmpty ? part : relative + "/" + part
      if isIgnored(part) || isIgnored(relative) || isPassedOver(part, whole: true) { return nil }
      if isPassedOver(part, whole: false) { return relative }
    }
    return nil
  }

  /// Whether names leave out what lies at the end of a path: one of its parts, or what leads there.
  ///
  /// - Parameter prefix: what stands in front of paths; empty where nothing does.
  static func leavesOut(_ parts: [String], below prefix: String, whole isWhole: Bool, _ isIgnored: (String) -> Bool) -> Bool {
    var relative = prefix
    return parts.contains { part in
      relative = relative.isEmpty ? part : relative + "/" + part
      return isPassedOver(part, whole: isWhole) || isIgnored(part) || isIgnored(relative)
    }
  }

  /// Whether a name is ours or, unless these count too, nobody's data.
  private static func isPassedOver(_ name: String, whole isWhole: Bool) -> Bool {
    if isWhole { return name.hasPrefix("_currents-scrub") || name.hasPrefix(".currents-scrub") }
    return name.hasPrefix("_") || name.hasPrefix(".") || name.hasSuffix(".crc")
  }

  /// Whether what lies at the end of a path is the program's own.
  package static func isOurs(_ path: String) -> Bool { pathParts(path).contains { isPassedOver($0, whole: true) } }

  private mutating func file(_ path: String, relative: String, _ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else {
      listing.failures.append(Failure(.notRegular, path: relative))
      return
    }
    if status.st_size == 0 {
      listing.ignored += 1
      listing.empty.append(relative)
    } else {
      listing.files.append(ArchiveFile(path: path, relative: relative, size: Int(status.st_size)))
    }
  }
}
