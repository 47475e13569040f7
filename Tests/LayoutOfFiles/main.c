// Lays out DOT files as GraphvizRenderer does, one after another in one process, for a memory checker to watch: the
// Swift runtime is more than such a checker can read.
#include <dlfcn.h>
#include <gvc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *plugin(const char *name, const char *symbol) {
  Dl_info info;
  if (!dladdr((void *)gvContextPlugins, &info)) return NULL;
  static const char *endings[] = {".so.6", ".so.7", ".so.8", ".so", ".6.dylib", ".dylib"};
  const char *slash = strrchr(info.dli_fname, '/');
  for (size_t i = 0; slash && i < sizeof endings / sizeof *endings; i++) {
    char path[4096];
    snprintf(path, sizeof path, "%.*s/graphviz/lib%s%s", (int)(slash - info.dli_fname), info.dli_fname, name, endings[i]);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library) return dlsym(library, symbol);
  }
  return NULL;
}

static char *contents(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *text = calloc((size_t)size + 1, 1);
  size_t count = fread(text, 1, (size_t)size, file);
  fclose(file);
  text[count] = 0;
  return text;
}

int main(int count, char **paths) {
  lt_symlist_t table[] = {
      {"gvplugin_core_LTX_library", plugin("gvplugin_core", "gvplugin_core_LTX_library")},
      {"gvplugin_dot_layout_LTX_library", plugin("gvplugin_dot_layout", "gvplugin_dot_layout_LTX_library")},
      {0, 0}};
  if (!table[0].address || !table[1].address) return 2;
  for (int i = 1; i < count; i++) {
    char *text = contents(paths[i]);
    if (!text) return 3;
    GVC_t *context = gvContextPlugins(table, 0);
    Agraph_t *graph = agmemread(text);
    char *svg = NULL;
    unsigned int size = 0;
    if (!graph || gvLayout(context, graph, "dot") || gvRenderData(context, graph, "svg", &svg, &size)) return 4;
    gvFreeRenderData(svg);
    gvFreeLayout(context, graph);
    agclose(graph);
    gvFreeContext(context);
    free(text);
  }
  return 0;
}
