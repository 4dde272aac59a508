/* The functions of CUDA's runtime that DJL asks through JNA, answered for a pretend GPU. */
#include <stddef.h>
#include <stdlib.h>

static int devices(void) {
    const char* text = getenv("PRETEND_GPUS");
    int n = text ? atoi(text) : 1;
    return n < 0 ? 0 : n > 8 ? 8 : n;
}

int cudaGetDeviceCount(int* count) {
    *count = devices();
    return *count > 0 ? 0 : 100; /* cudaErrorNoDevice */
}

int cudaRuntimeGetVersion(int* version) {
    *version = 12080;
    return 0;
}

/* Compute capability 9.0: attributes 75 and 76. */
int cudaDeviceGetAttribute(int* value, int attribute, int device) {
    (void)device;
    *value = attribute == 75 ? 9 : 0;
    return 0;
}

int cudaMemGetInfo(size_t* free_bytes, size_t* total_bytes) {
    *free_bytes = (size_t)8 << 30;
    *total_bytes = (size_t)16 << 30;
    return 0;
}

int cudaSetDevice(int device) { return device >= 0 && device < devices() ? 0 : 101; }

int cudaGetDevice(int* device) {
    *device = 0;
    return 0;
}

const char* cudaGetErrorString(int code) { return code == 100 ? "no CUDA-capable device is detected" : "invalid device ordinal"; }
