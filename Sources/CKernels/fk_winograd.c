#include "fk_winograd.h"

#include "fk_panels.h"
#include "fk_source16.h"
#include "fk_transpose.h"
#include "fk_winograd_transform.h"

// Place of a tile.
typedef struct {
  int64_t image;
  int32_t row, column;  // of its first pixel
} tile_place;

FK_INLINE tile_place place_of(int64_t tile, int32_t height, int32_t width) {
  const int64_t rows = (height + 3) / 4, columns = (width + 3) / 4;
  tile_place place = {
      tile / (rows * columns), 4 * (int32_t)(tile / columns % rows), 4 * (int32_t)(tile % columns)};
  return place;
}

FK_INLINE void winograd_input(
    const fk_source *s, fk_type type, int64_t first, int64_t count, int32_t begin, int32_t end, int64_t height,
    int64_t position, float *out) {
  const int64_t lined = end - begin;
  const fk_v16 zero = {0};
  for (int64_t r = 0; r < count; r++) {
    const int64_t top = r / height * height, here = count - top < height ? count - top : height;
    const tile_place place = place_of(first + r, s->height, s->width);
    const int32_t y = place.row - 1, x = place.column - 1;
    const ptrdiff_t image = (ptrdiff_t)(place.image * s->height * s->width) * s->pitch;
    for (int32_t c = begin; c < end; c += FK_LINE) {
      fk_v16 columns[6][6];
      fk_map16 map;
      fk_map16_of(s, c, &map);
      for (int32_t j = 0; j < 6; j++) {
        fk_v16 d[6], t[6];
        FK_UNROLL for (int32_t i = 0; i < 6; i++) {
          const int is_inside = y + i >= 0 && y + i < s->height && x + j >= 0 && x + j < s->width;
          const ptrdiff_t pixel = (ptrdiff_t)(y + i) * s->width + (x + j);
          if (is_inside) fk_read16(s->data, type, image + pixel * s->pitch + c, &map, &d[i]);
          else d[i] = zero;
        }
        fk_input_6(d, t);
        FK_UNROLL for (int32_t i = 0; i < 6; i++) columns[i][j] = t[i];
      }
      float *to = out + top * lined + (int64_t)(c - begin) * here + (r - top) * FK_LINE;
      for (int32_t i = 0; i < 6; i++) {
        fk_v16 t[6];
        fk_input_6(columns[i], t);
        FK_UNROLL for (int32_t j = 0; j < 6; j++) FK_STORE(to + (6 * i + j) * position, t[j]);
      }
    }
  }
}

FK_CLONES
void fk_winograd_input(
    const fk_source *s, int64_t first, int64_t count, int32_t begin, int32_t end, int64_t height,
    int64_t position, float *out) {
  if (s->type == FK_BFLOAT16) {
    winograd_input(s, FK_BFLOAT16, first, count, begin, end, height, position, out);
  } else {
    winograd_input(s, FK_FLOAT32, first, count, begin, end, height, position, out);
  }
}

FK_INLINE void winograd_output(
    const float *products, int64_t position, int32_t height, int32_t width, int64_t pitch, int64_t first,
    int64_t count, int32_t begin, int32_t end, void *y, fk_type type) {
  const int64_t columns = end - begin;
  for (int64_t r = 0; r < count; r++) {
    const tile_place place = place_of(first + r, height, width);
    const int64_t image = place.image * height * width * pitch;
    for (int32_t c = 0; c < columns; c += FK_LINE) {
      const float *in = products + r * columns + c;
      fk_v16 half[4][6];
      for (int32_t j = 0; j < 6; j++) {
        fk_v16 m[6], t[4];
        FK_UNROLL for (int32_t i = 0; i < 6; i++) m[i] = FK_LOAD(in + (6 * i + j) * position);
        fk_output_4(m, t);
        FK_UNROLL for (int32_t i = 0; i < 4; i++) half[i][j] = t[i];
      }
      for (int32_t i = 0; i < 4 && place.row + i < height; i++) {
        fk_v16 t[4];
        fk_output_4(half[i], t);
        const int64_t to = image + ((int64_t)(place.row + i) * width + place.column) * pitch + begin + c;
        FK_UNROLL for (int32_t j = 0; j < 4; j++) {
          if (place.column + j < width) fk_store16(y, type, to + (int64_t)j * pitch, &t[j]);
        }
      }
    }
  }
}

FK_CLONES
void fk_winograd_output(
    const float *products, int64_t position, int32_t height, int32_t width, int64_t pitch, int64_t first,
    int64_t count, int32_t begin, int32_t end, void *y, fk_type type) {
  if (type == FK_BFLOAT16) {
    winograd_output(products, position, height, width, pitch, first, count, begin, end, y, FK_BFLOAT16);
  } else {
    winograd_output(products, position, height, width, pitch, first, count, begin, end, y, FK_FLOAT32);
  }
}

FK_INLINE void winograd_gradient(
    const void *g, fk_type type, int32_t height, int32_t width, int64_t pitch, int64_t first,
    int64_t count, int32_t begin, int32_t end, int64_t slab, int64_t position, float *out) {
  const fk_v16 zero = {0};
  for (int64_t r = 0; r < count; r++) {
    const tile_place place = place_of(first + r, height, width);
    const int64_t image = place.image * height * width * pitch;
    for (int32_t c = begin; c < end; c += FK_LINE) {
      fk_v16 half[6][4];
      for (int32_t j = 0; j < 4; j++) {
        fk_v16 d[4], t[6];
        FK_UNROLL for (int32_t i = 0; i < 4; i++) {
          const int is_inside = place.row + i < height && place.column + j < width;
          const int64_t pixel = (int64_t)(place.row + i) * width + place.column + j;
          if (is_inside) fk_load16(g, type, image + pixel * pitch + c, &d[i]);
          else d[i] = zero;
        }
        fk_gradient_6(d, t);
        FK_UNROLL for (int32_t i = 0; i < 6; i++) half[i][j] = t[i];
      }
      const int64_t place_in = c - begin;
      float *to = out + place_in / slab * slab * count + r * slab + place_in % slab;
      for (int32_t i = 0; i < 6; i++) {
        fk_v16 t[6];
        fk_gradient_6(half[i], t);
        FK_UNROLL for (int32_t j = 0; j < 6; j++) FK_STORE(to + (6 * i + j) * position, t[j]);
      }
    }
  }
}

FK_CLONES
void fk_winograd_gradient(
    const void *g, fk_type type, int32_t height, int32_t width, int64_t pitch, int64_t first,
    int64_t count, int32_t begin, int32_t end, int64_t slab, int64_t position, float *out) {
  if (type == FK_BFLOAT16) {
    winograd_gradient(
        g, FK_BFLOAT16, height, width, pitch, first, count, begin, end, slab, position, out);
  } else {
    winograd_gradient(g, FK_FLOAT32, height, width, pitch, first, count, begin, end, slab, position, out);
  }
}

// Transforms taps[3 i + j] to the 36 positions at `to`, `position` floats apart.
FK_INLINE void weight_positions(const fk_v16 *taps, int64_t position, float *to) {
  fk_v16 columns[6][3];
  FK_UNROLL for (int32_t j = 0; j < 3; j++) {
    const fk_v16 g[3] = {taps[j], taps[3 + j], taps[6 + j]};
    fk_v16 t[6];
    fk_weights_6(g, t);
    FK_UNROLL for (int32_t i = 0; i < 6; i++) columns[i][j] = t[i];
  }
  FK_UNROLL for (int32_t i = 0; i < 6; i++) {
    fk_v16 t[6];
    fk_weights_6(columns[i], t);
    FK_UNROLL for (int32_t j = 0; j < 6; j++) FK_STORE(to + (6 * i + j) * position, t[j]);
  }
}

FK_CLONES
void fk_winograd_weights(
    const float *weights, int32_t inputs, int32_t outputs, int32_t begin, int32_t end, int32_t first,
    int32_t last, int64_t position, float *out) {
  for (int32_t k = first; k < last; k++) {
    for (int32_t n = begin; n < end; n += FK_LINE) {
      fk_v16 taps[9];
      FK_UNROLL for (int32_t t = 0; t < 9; t++) {
        taps[t] = FK_LOAD(weights + ((int64_t)t * inputs + k) * outputs + n);
      }
      weight_positions(taps, position, out + (int64_t)k * (end - begin) + n - begin);
    }
  }
}

FK_CLONES
void fk_winograd_turned_weights(
    const float *weights, int32_t inputs, int32_t outputs, int32_t begin, int32_t end, int32_t first,
    int32_t last, int64_t position, float *out) {
  for (int32_t k = first; k < last; k += FK_LINE) {
    for (int32_t n = begin; n < end; n += FK_LINE) {
      fk_v16 square[9][FK_LINE];
      for (int32_t t = 0; t < 9; t++) {
        fk_load_transposed16(weights + ((int64_t)(8 - t) * inputs + n) * outputs + k, outputs, square[t]);
      }
      for (int32_t j = 0; j < FK_LINE; j++) {
        fk_v16 taps[9];
        FK_UNROLL for (int32_t t = 0; t < 9; t++) taps[t] = square[t][j];
        weight_positions(taps, position, out + (int64_t)(k + j) * (end - begin) + n - begin);
      }
    }
  }
}

FK_CLONES
void fk_winograd_weight_gradient(
    const float *positions, int64_t taps, int64_t begin, int64_t end, float *gradient) {
  for (int64_t e = begin; e < end; e += FK_LINE) {
    fk_v16 half[3][6];
    FK_UNROLL for (int32_t j = 0; j < 6; j++) {
      fk_v16 u[6], t[3];
      FK_UNROLL for (int32_t i = 0; i < 6; i++) u[i] = FK_LOAD(positions + (6 * i + j) * taps + e);
      fk_weights_3(u, t);
      FK_UNROLL for (int32_t i = 0; i < 3; i++) half[i][j] = t[i];
    }
    FK_UNROLL for (int32_t i = 0; i < 3; i++) {
      fk_v16 t[3];
      fk_weights_3(half[i], t);
      FK_UNROLL for (int32_t j = 0; j < 3; j++) FK_STORE(gradient + (3 * i + j) * taps + e, t[j]);
    }
  }
}
