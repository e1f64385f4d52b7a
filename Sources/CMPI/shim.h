#pragma once
#include <mpi.h>

// OpenMPI's handles are macros that cast addresses; Swift needs functions.
static inline MPI_Comm fusion_MPI_COMM_WORLD(void) { return MPI_COMM_WORLD; }
static inline MPI_Comm fusion_MPI_COMM_NULL(void) { return MPI_COMM_NULL; }
static inline MPI_Datatype fusion_MPI_FLOAT(void) { return MPI_FLOAT; }
static inline MPI_Datatype fusion_MPI_DOUBLE(void) { return MPI_DOUBLE; }
static inline MPI_Datatype fusion_MPI_BYTE(void) { return MPI_BYTE; }
static inline MPI_Datatype fusion_MPI_INT64(void) { return MPI_INT64_T; }
static inline MPI_Op fusion_MPI_SUM(void) { return MPI_SUM; }
static inline void *fusion_MPI_IN_PLACE(void) { return MPI_IN_PLACE; }
static inline MPI_Status *fusion_MPI_STATUS_IGNORE(void) { return MPI_STATUS_IGNORE; }
static inline MPI_Info fusion_MPI_INFO_NULL(void) { return MPI_INFO_NULL; }
static inline MPI_Errhandler fusion_MPI_ERRORS_RETURN(void) { return MPI_ERRORS_RETURN; }
static inline MPI_Request fusion_MPI_REQUEST_NULL(void) { return MPI_REQUEST_NULL; }
