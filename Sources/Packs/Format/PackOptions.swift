import HDF5Storage

/// How the samples of a pack are stored.
package enum PackCodec: String, Codable, CaseIterable, Sendable {
  /// As they are.
  case none
  /// The bytes of samples shuffled as HDF5 does, then zstd of level 1. About a third of the bytes are saved on real patches, for
  /// 0.7 ms of a core a patch of SEN12MS.
  case zstd

  var coding: HDF5ChunkSet.Coding {
    switch self {
    case .none: .none
    case .zstd: .shuffledZstd
    }
  }
}

/// The choices with which a pack is written. They decide its bytes, together with the data set.
package struct PackOptions: Equatable, Sendable {
  package var codec: PackCodec
  /// The most bytes of samples in a shard, before they are compressed.
  package var shardBytes: Int
  /// Decides the order of the patches of each split.
  package var seed: UInt64

  package init(codec: PackCodec = .none, shardBytes: Int = 4 << 30, seed: UInt64 = 0) {
    (self.codec, self.shardBytes, self.seed) = (codec, shardBytes, seed)
  }
}
