#include <gvc.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
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

// Reads DOT text like agmemread, with numbers for names.
//
// Graphviz identifies what has a name by the address of the name, and puts clusters in the order of these: a layout
// would depend on what the memory of the process was used for before. Here a name is identified by how many came before
// it in the text.

typedef struct {
  char **names;  // names[i] belongs to the ID 2 * i + 2; the odd ones are Graphviz's, for what has no name.
  size_t count, room;
  size_t *slots;  // A hash table of positions in names, one more than each; 0 is empty.
  IDTYPE unnamed;
} chainrule_names;

static inline size_t *chainrule_slot(const chainrule_names *names, const char *name) {
  size_t hash = 14695981039346656037u;
  for (const char *c = name; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211u;
  size_t slot = hash % (2 * names->room);
  while (names->slots[slot] && strcmp(names->names[names->slots[slot] - 1], name) != 0)
    slot = (slot + 1) % (2 * names->room);
  return &names->slots[slot];
}

static inline void *chainrule_names_open(Agraph_t *graph, Agdisc_t *discipline) {
  (void)graph;
  (void)discipline;
  chainrule_names *names = (chainrule_names *)calloc(1, sizeof(chainrule_names));
  if (!names) abort();
  names->unnamed = 1;
  return names;
}

static inline void chainrule_names_grow(chainrule_names *names) {
  names->room = names->room ? 2 * names->room : 64;
  names->names = (char **)realloc(names->names, names->room * sizeof(char *));
  free(names->slots);
  names->slots = (size_t *)calloc(2 * names->room, sizeof(size_t));
  if (!names->names || !names->slots) abort();
  for (size_t i = 0; i < names->count; i++) *chainrule_slot(names, names->names[i]) = i + 1;
}

static inline long chainrule_names_map(void *state, int type, char *name, IDTYPE *id, int creates) {
  (void)type;
  chainrule_names *names = (chainrule_names *)state;
  if (!name) {
    *id = names->unnamed;
    names->unnamed += 2;
    return 1;
  }
  if (names->count == names->room) chainrule_names_grow(names);
  size_t *slot = chainrule_slot(names, name);
  if (!*slot) {
    if (!creates) return 0;
    names->names[names->count] = strdup(name);
    if (!names->names[names->count]) abort();
    *slot = ++names->count;
  }
  *id = 2 * (IDTYPE)*slot;
  return 1;
}

static inline long chainrule_names_alloc(void *state, int type, IDTYPE id) {
  (void)state;
  (void)type;
  (void)id;
  return 0;
}

static inline void chainrule_names_free(void *state, int type, IDTYPE id) {
  (void)state;
  (void)type;
  (void)id;
}

static inline char *chainrule_names_print(void *state, int type, IDTYPE id) {
  (void)type;
  const chainrule_names *names = (const chainrule_names *)state;
  return id % 2 == 0 && id > 0 && id / 2 <= names->count ? names->names[id / 2 - 1] : NULL;
}

static inline void chainrule_names_close(void *state) {
  chainrule_names *names = (chainrule_names *)state;
  for (size_t i = 0; i < names->count; i++) free(names->names[i]);
  free(names->names);
  free(names->slots);
  free(names);
}

static inline void chainrule_names_register(void *state, int type, void *object) {
  (void)state;
  (void)type;
  (void)object;
}

typedef struct {
  const char *rest;
  size_t count;
} chainrule_text;

static inline int chainrule_text_read(void *channel, char *buffer, int size) {
  chainrule_text *text = (chainrule_text *)channel;
  size_t count = size < 0 ? 0 : (size_t)size < text->count ? (size_t)size : text->count;
  memcpy(buffer, text->rest, count);
  text->rest += count;
  text->count -= count;
  return (int)count;
}

static inline Agraph_t *chainrule_read(const char *dot) {
  // The graph keeps pointers to these.
  static Agiddisc_t names = {
      .open = chainrule_names_open,
      .map = chainrule_names_map,
      .alloc = chainrule_names_alloc,
      .free = chainrule_names_free,
      .print = chainrule_names_print,
      .close = chainrule_names_close,
      .idregister = chainrule_names_register,
  };
  static Agiodisc_t reading = {.afread = chainrule_text_read};
  Agdisc_t discipline = {.id = &names, .io = &reading};
  chainrule_text text = {dot, strlen(dot)};
  return agread(&text, &discipline);
}
