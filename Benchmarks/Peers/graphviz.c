// Graphviz with its own settings, in process, with the plugins that it is built with and no fonts of the machine: the
// time from DOT text to SVG. Prints the median of processor time in ms. Arguments: the name of the figure, a DOT file.
#include <graphviz/gvc.h>
#include <graphviz/gvplugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

extern gvplugin_library_t gvplugin_core_LTX_library;
extern gvplugin_library_t gvplugin_dot_layout_LTX_library;

enum { ROUNDS = 5 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec * 1e3 + time.tv_nsec * 1e-6;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int count, char **arguments) {
  if (count != 3) return 64;
  FILE *file = fopen(arguments[2], "rb");
  if (!file) return 74;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *text = calloc((size_t)size + 1, 1);
  if (!text || fread(text, 1, (size_t)size, file) != (size_t)size) return 74;
  fclose(file);
  lt_symlist_t plugins[] = {{"gvplugin_core_LTX_library", &gvplugin_core_LTX_library},
                            {"gvplugin_dot_layout_LTX_library", &gvplugin_dot_layout_LTX_library},
                            {0, 0}};
  double times[ROUNDS];
  for (int round = 0; round <= ROUNDS; round++) {
    double start = now();
    GVC_t *context = gvContextPlugins(plugins, 0);
    Agraph_t *graph = agmemread(text);
    char *svg = NULL;
    unsigned int length = 0;
    if (!graph || gvLayout(context, graph, "dot") || gvRenderData(context, graph, "svg", &svg, &length)) return 70;
    gvFreeRenderData(svg);
    gvFreeLayout(context, graph);
    agclose(graph);
    gvFreeContext(context);
    // The first round, which finds everything cold, does not count.
    if (round > 0) times[round - 1] = now() - start;
  }
  qsort(times, ROUNDS, sizeof *times, ascending);
  printf("%s.ms %g\n", arguments[1], times[ROUNDS / 2]);
  return 0;
}
