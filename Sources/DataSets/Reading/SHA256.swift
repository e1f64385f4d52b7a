import CCrypto

/// The hash function SHA-256 of FIPS 180-4, of bytes that come piece by piece.
package final class SHA256 {
  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("every libcrypto has SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes in the next bytes.
  package func add(_ bytes: UnsafeRawBufferPointer) {
    let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(status == 1, "libcrypto takes in bytes")
  }

  /// Takes in the UTF-8 bytes of a text.
  package func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// The hash, 64 hexadecimal digits. Nothing can be added afterwards.
  package func finish() -> String {
    var hash = [UInt8](repeating: 0, count: 32)
    let status = EVP_DigestFinal_ex(context, &hash, nil)
    precondition(status == 1, "libcrypto gives the result")
    return hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The hash of a text's UTF-8 bytes, 64 hexadecimal digits.
  package static func hexadecimal(_ text: String) -> String {
    let sum = SHA256()
    sum.add(text)
    return sum.finish()
  }
}
