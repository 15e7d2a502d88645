internal import Glibc
internal import ScrubArchive
package import ScrubNative

/// Files of the key that signs receipts: PEM, as OpenSSL writes and reads it.
package enum SigningKeyFile {
  /// Its usual name in the state folder.
  package static let name = "signing.pem"

  /// What a new key pair is told as.
  package struct New: Document, Sendable {
    package var schema = "currents-scrub/signing-key/1"
    /// The file of the private key.
    package let file: String
    /// The file of the public key, which others are given.
    package let publicFile: String
    package let id: String

    enum CodingKeys: String, CodingKey {
      case schema, file, id
      case publicFile = "public"
    }
  }

  /// Where the public key of a private one is written: `signing.pub.pem` beside `signing.pem`.
  package static func publicPath(of path: String) -> String {
    (path.hasSuffix(".pem") ? String(path.dropLast(4)) : path) + ".pub.pem"
  }

  /// Makes a key pair: the private key in a new file that only its owner can read, the public one beside it. Neither
  /// replaces anything.
  package static func make(at path: String) throws(ScrubRefusal) -> New {
    let publicPath = publicPath(of: path)
    if unsafe access(publicPath, F_OK) == 0 { throw .file(Failure(.exists, path: publicPath)) }
    do {
      let key = try SigningKey.random()
      try KeyFile.write(text: key.pem, to: path)
      try GivenFile.write(key.verifying.pem, to: publicPath)
      return New(file: path, publicFile: publicPath, id: key.verifying.id)
    } catch StateKey.Problem.exists {
      throw .file(Failure(.exists, path: path))
    } catch let failure as Failure {
      throw .file(failure)
    } catch is NativeError {
      throw .key(KeyRefusal(code: .native))
    } catch {
      throw .key(KeyRefusal(code: .unwritable))
    }
  }
}

extension SigningKey {
  /// Reads a file with every refusal of a key that is exposed.
  ///
  /// - Parameter inputs: paths of the run's inputs, in which no key may lie.
  package static func read(path: String, inputs: [String]) throws(KeyRefusal) -> SigningKey {
    guard let key = SigningKey(pem: try MasterKey.file(path, inputs: inputs)) else {
      throw KeyRefusal(code: .notSigning)
    }
    return key
  }

  /// The key that signs receipts: of a file, or else of the state folder; nothing where there is none.
  static func chosen(_ path: String?, in stateFolder: String, inputs: [String]) throws(ScrubRefusal) -> SigningKey? {
    do throws(KeyRefusal) {
      if let path { return try read(path: path, inputs: inputs) }
      return try existing(in: stateFolder, inputs: inputs)
    } catch {
      throw .output(
        code: error.code.rawValue, path: path ?? stateFolder + "/" + SigningKeyFile.name, message: error.message, hint: error.hint,
        exit: error.exit)
    }
  }

  /// The key of the state folder; nothing where there is none.
  package static func existing(in stateFolder: String, inputs: [String]) throws(KeyRefusal) -> SigningKey? {
    let path = stateFolder + "/" + SigningKeyFile.name
    return unsafe access(path, F_OK) == 0 ? try read(path: path, inputs: inputs) : nil
  }
}
