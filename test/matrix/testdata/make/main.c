#include <stdio.h>

#define PART(number) int part_##number(void);
#include "parts.h"
#undef PART

int main(void) {
  int sum = 0;
#define PART(number) sum += part_##number();
#include "parts.h"
  printf("%d\n", sum);
  return 0;
}
