#pragma once
#include <H5FDpublic.h>
#include <hdf5.h>

// HDF5 hides its predefined identifiers behind macros that open the library first; Swift needs functions.
static inline hid_t fusion_H5P_FILE_CREATE(void) { return H5P_FILE_CREATE; }
static inline hid_t fusion_H5P_FILE_ACCESS(void) { return H5P_FILE_ACCESS; }
static inline hid_t fusion_H5P_GROUP_CREATE(void) { return H5P_GROUP_CREATE; }
static inline hid_t fusion_H5P_DATASET_CREATE(void) { return H5P_DATASET_CREATE; }
static inline hid_t fusion_H5P_LINK_CREATE(void) { return H5P_LINK_CREATE; }
static inline hid_t fusion_H5T_F32(void) { return H5T_IEEE_F32LE; }
static inline hid_t fusion_H5T_F64(void) { return H5T_IEEE_F64LE; }
static inline hid_t fusion_H5T_I64(void) { return H5T_STD_I64LE; }
static inline hid_t fusion_H5T_U64(void) { return H5T_STD_U64LE; }
static inline hid_t fusion_H5T_U8(void) { return H5T_STD_U8LE; }
static inline hid_t fusion_H5T_U16(void) { return H5T_STD_U16LE; }
static inline hid_t fusion_H5T_I16(void) { return H5T_STD_I16LE; }
static inline hid_t fusion_H5T_U32(void) { return H5T_STD_U32LE; }
static inline hid_t fusion_H5T_C_S1(void) { return H5T_C_S1; }
static inline unsigned fusion_H5F_ACC_TRUNC(void) { return H5F_ACC_TRUNC; }
static inline unsigned fusion_H5F_ACC_RDONLY(void) { return H5F_ACC_RDONLY; }

// A file driver without callbacks. HDF5 1.14 refuses drivers that do not say which layout their description has, and
// gives each a number: those below 256 are HDF5's own.
static inline H5FD_class_t fusion_H5FD_class(void) {
  H5FD_class_t driver = {0};
#ifdef H5FD_CLASS_VERSION
  driver.version = H5FD_CLASS_VERSION;
  driver.value = 512;
#endif
  return driver;
}
