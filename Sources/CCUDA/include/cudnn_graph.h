// cuDNN's graph API (the "backend" API of libcudnn 8 and 9), as far as the engine calls it. Declared by hand.
//
// The values of kinds and attributes are equal in cuDNN 8.9.7, 9.10.2 and 9.19.0. Every function with an int result returns 0
// or an error code.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct fcu_cudnn_handle_s *fcu_cudnn_handle;
typedef struct fcu_cudnn_descriptor_s *fcu_cudnn_descriptor;
struct fcu_stream_s;

// Kinds of descriptors.
enum {
  FCU_CONVOLUTION = 1,
  FCU_ENGINE = 2,
  FCU_ENGINE_CONFIG = 3,
  FCU_HEURISTICS = 4,
  FCU_EXECUTION_PLAN = 5,
  FCU_KNOB_CHOICE = 7,
  FCU_CONVOLUTION_FORWARD = 10,
  FCU_CONVOLUTION_WEIGHT_GRADIENT = 11,
  FCU_CONVOLUTION_INPUT_GRADIENT = 12,
  FCU_OPERATION_GRAPH = 15,
  FCU_VARIANT_PACK = 16,
  FCU_TENSOR = 17,
  FCU_DEVICE = 38,
};

// Types of attributes.
enum {
  FCU_TYPE_HANDLE = 0,
  FCU_TYPE_DATA_TYPE = 1,
  FCU_TYPE_BOOLEAN = 2,
  FCU_TYPE_INT64 = 3,
  FCU_TYPE_FLOAT = 4,
  FCU_TYPE_POINTER = 6,
  FCU_TYPE_CONVOLUTION_MODE = 7,
  FCU_TYPE_HEURISTICS_MODE = 8,
  FCU_TYPE_KNOB = 9,
  FCU_TYPE_NUMERICAL_NOTE = 11,
  FCU_TYPE_DESCRIPTOR = 15,
  FCU_TYPE_CHARACTER = 24,
};

// Attributes.
enum {
  FCU_CONVOLUTION_COMPUTE_TYPE = 100,
  FCU_CONVOLUTION_MODE = 101,
  FCU_CONVOLUTION_DILATIONS = 102,
  FCU_CONVOLUTION_STRIDES = 103,
  FCU_CONVOLUTION_POST_PADDING = 104,
  FCU_CONVOLUTION_PRE_PADDING = 105,
  FCU_CONVOLUTION_DIMENSIONS = 106,
  FCU_HEURISTICS_MODE = 200,
  FCU_HEURISTICS_GRAPH = 201,
  FCU_HEURISTICS_RESULTS = 202,
  FCU_HEURISTICS_DEVICE = 204,
  FCU_ENGINE_CONFIG_ENGINE = 300,
  FCU_ENGINE_CONFIG_KNOBS = 302,
  FCU_PLAN_HANDLE = 400,
  FCU_PLAN_CONFIG = 401,
  FCU_PLAN_WORKSPACE = 402,
  FCU_PLAN_DEVICE = 407,
  FCU_KNOB_CHOICE_TYPE = 600,
  FCU_KNOB_CHOICE_VALUE = 601,
  // Of the forward pass. Those of the input gradient follow in the same order from 706 on, of the weight gradient from 712.
  FCU_FORWARD_ALPHA = 700,
  FCU_FORWARD_BETA = 701,
  FCU_FORWARD_CONVOLUTION = 702,
  FCU_FORWARD_WEIGHT = 703,
  FCU_FORWARD_X = 704,
  FCU_FORWARD_Y = 705,
  FCU_GRAPH_HANDLE = 800,
  FCU_GRAPH_OPERATIONS = 801,
  FCU_TENSOR_ALIGNMENT = 900,
  FCU_TENSOR_DATA_TYPE = 901,
  FCU_TENSOR_DIMENSIONS = 902,
  FCU_TENSOR_STRIDES = 903,
  FCU_TENSOR_ID = 906,
  FCU_PACK_IDS = 1000,
  FCU_PACK_POINTERS = 1001,
  FCU_PACK_WORKSPACE = 1003,
  FCU_ENGINE_INDEX = 1301,
  FCU_ENGINE_NUMERICAL_NOTES = 1303,
  // The text that describes a GPU, in JSON. It and the devices of heuristics and plans are there since 9.8.
  FCU_DEVICE_DESCRIPTION = 2702,
};

// Values of attributes: types of data; the mode of a convolution, which networks use as a cross-correlation; two kinds of
// advice; the note of an engine whose sums have no fixed order.
enum { FCU_DATA_FLOAT = 0, FCU_DATA_HALF = 2, FCU_DATA_BFLOAT16 = 9 };
enum { FCU_CROSS_CORRELATION = 1, FCU_HEURISTICS_FALLBACK = 2, FCU_HEURISTICS_A = 3, FCU_NOTE_NONDETERMINISTIC = 4 };

// Notes of engines that multiply float32 numbers in a shorter type (TF32).
enum { FCU_NOTE_TENSOR_CORE = 0, FCU_NOTE_SHORTER_INPUTS = 1 };

// Further notes: sums in a shorter type, Fourier transforms, and Winograd's algorithm, with the sizes of its tiles.
enum { FCU_NOTE_SHORTER_SUMS = 2, FCU_NOTE_FFT = 3, FCU_NOTE_WINOGRAD = 5, FCU_NOTE_WINOGRAD_LAST = 8 };

// The last two functions may be null; cudnnGetLastErrorString is there since 9.0.
typedef struct {
  size_t (*cudnnGetVersion)(void);
  const char *(*cudnnGetErrorString)(int status);
  int (*cudnnCreate)(fcu_cudnn_handle *handle);
  int (*cudnnDestroy)(fcu_cudnn_handle handle);
  int (*cudnnSetStream)(fcu_cudnn_handle handle, struct fcu_stream_s *stream);
  int (*cudnnBackendCreateDescriptor)(int kind, fcu_cudnn_descriptor *descriptor);
  int (*cudnnBackendDestroyDescriptor)(fcu_cudnn_descriptor descriptor);
  int (*cudnnBackendSetAttribute)(
    fcu_cudnn_descriptor descriptor, int name, int type, int64_t count, const void *elements);
  int (*cudnnBackendGetAttribute)(
    fcu_cudnn_descriptor descriptor, int name, int type, int64_t room, int64_t *count, void *elements);
  int (*cudnnBackendFinalize)(fcu_cudnn_descriptor descriptor);
  int (*cudnnBackendExecute)(fcu_cudnn_handle handle, fcu_cudnn_descriptor plan, fcu_cudnn_descriptor pack);
  void (*cudnnGetLastErrorString)(char *text, size_t length);
  // The version of CUDA that the library was built for: 12080 is 12.8.
  size_t (*cudnnGetCudartVersion)(void);
} fcu_cudnn;
