/// FNV-1a of some bytes, in hexadecimal digits: tells a list, a file or weights from others.
package func checksum(_ bytes: some Sequence<UInt8>) -> String {
  var sum: UInt64 = 0xcbf2_9ce4_8422_2325
  for byte in bytes { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
  return String(sum, radix: 16)
}
