#include <gvc.h>
#include <locale.h>
#include <unistd.h>
#ifdef __APPLE__
#include <dlfcn.h>
#include <xlocale.h>
typedef Dl_info chainrule_symbol;
#else
// The system header declares these for GNU programs only, which Swift's clang module is not.
typedef struct {
  const char *dli_fname;
  void *dli_fbase;
  const char *dli_sname;
  void *dli_saddr;
} chainrule_symbol;
extern int dladdr(const void *address, chainrule_symbol *symbol);
#endif

// Swift does not offer fork: a child may not do everything. This one lays out a picture, and ends.
static inline pid_t chainrule_fork(void) { return fork(); }
