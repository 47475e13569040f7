#include "CBLAS.h"

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

typedef void dgemm_function(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha,
                            const double *a, int lda, const double *b, int ldb, double beta, double *c, int ldc);

#ifdef __APPLE__
#include <dlfcn.h>
#include <pthread.h>
static const char *const libraries[] = {
    "/System/Library/Frameworks/Accelerate.framework/Accelerate",
};
static const char *const threads_variable = "VECLIB_MAXIMUM_THREADS";
#else
#include <dlfcn.h>
#include <pthread.h>
static const char *const libraries[] = {"libopenblas.so.0", "libopenblas.so", "libblas.so.3"};
static const char *const threads_variable = "OPENBLAS_NUM_THREADS";
#endif
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static dgemm_function *dgemm;

static void open_library(void) {
  setenv(threads_variable, "1", 0);  // read by the library when it is loaded; the user's own value stays
  for (unsigned i = 0; i < sizeof libraries / sizeof *libraries && !dgemm; i++) {
    void *library = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
    if (library) dgemm = (dgemm_function *)dlsym(library, "cblas_dgemm");
  }
}

bool chainrule_dgemm(bool transpose_a, bool transpose_b, int m, int n, int k,
                     const double *a, const double *b, double *c) {
  pthread_once(&once, open_library);
  if (!dgemm) return false;
  dgemm(ROW_MAJOR, transpose_a ? TRANSPOSE : NO_TRANSPOSE, transpose_b ? TRANSPOSE : NO_TRANSPOSE, m, n, k, 1.0,
        a, transpose_a ? m : k, b, transpose_b ? k : n, 1.0, c, n);
  return true;
}
