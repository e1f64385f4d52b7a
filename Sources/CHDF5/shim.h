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
static inline hid_t fusion_H5T_C_S1(void) { return H5T_C_S1; }
static inline unsigned fusion_H5F_ACC_TRUNC(void) { return H5F_ACC_TRUNC; }
