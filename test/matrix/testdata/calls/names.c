#include "show.h"
#include <dirent.h>
#include <stdint.h>
#include <linux/openat2.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

static void move(void) {
  close(made("a", "a", 0644));
  close(made("b", "bb", 0600));
  mkdir("d", 0755);
  SHOW(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE));
  SHOW(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE));
  SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_EXCHANGE));
  SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "d", RENAME_EXCHANGE));
  SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "missing", RENAME_EXCHANGE));
  SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_EXCHANGE | RENAME_NOREPLACE));
  SHOW(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", 64));
  show_file("a"), show_file("b"), show_file("c"), show_file("d");
  SHOW(rename("b", "b/below"));
  SHOW(rename("b", "b/"));
  SHOW(rename(".", "other"));
  SHOW(rename("..", "other"));
  SHOW(rename("c", "c"));
}

static int below(const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how = {.flags = flags, .mode = flags & O_CREAT ? 0600 : 0, .resolve = resolve};
  return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static void resolve(void) {
  symlink("/etc/passwd", "absolute");
  symlink("loop", "loop");
  symlink("missing", "dangling");
  SHOW(below("absolute", O_RDONLY, 0));
  SHOW(below("absolute", O_RDONLY, RESOLVE_IN_ROOT));
  SHOW(below("absolute", O_RDONLY, RESOLVE_BENEATH));
  SHOW(below("absolute", O_RDONLY, RESOLVE_NO_SYMLINKS));
  SHOW(below("absolute", O_RDONLY | O_NOFOLLOW, 0));
  SHOW(below("absolute", O_PATH | O_NOFOLLOW, 0));
  SHOW(below("..", O_RDONLY, RESOLVE_BENEATH));
  SHOW(below("..", O_RDONLY, RESOLVE_IN_ROOT));
  SHOW(below("loop", O_RDONLY, 0));
  SHOW(below("made", O_CREAT | O_RDWR, 0));
  SHOW(below("made", O_CREAT | O_EXCL | O_RDWR, 0));
  SHOW(below("made", 1 << 30, 0));
  SHOW(below("made", O_RDONLY, 1 << 20));
  SHOW(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600));
  SHOW(open("dangling/", O_RDONLY));
  SHOW(open("made/", O_RDONLY));
  SHOW(open("made", O_DIRECTORY | O_RDONLY));
  SHOW(open("d", O_WRONLY));
  SHOW(open("d", O_CREAT | O_RDONLY, 0600));
  SHOW(open("", O_RDONLY));
  SHOW(mkdir("d/", 0755));
  SHOW(mkdir("e/", 0755));
  SHOW(mkdir("e/.", 0755));
  SHOW(rmdir("e/."));
  SHOW(rmdir("."));
  SHOW(unlink("d"));
  SHOW(unlinkat(AT_FDCWD, "made", AT_REMOVEDIR));
  SHOW(symlink("", "empty"));
  SHOW(link("absolute", "linked"));
  SHOW(linkat(AT_FDCWD, "absolute", AT_FDCWD, "followed", 1 << 20));
  SHOW(link("d", "directory"));
  show_file("linked");
  char name[300], buffer[8];
  memset(name, 'n', sizeof name);
  name[255] = 0;
  SHOW(open(name, O_CREAT | O_WRONLY, 0600));
  name[255] = 'n', name[256] = 0;
  SHOW(open(name, O_CREAT | O_WRONLY, 0600));
  printf("readlink: %ld\n", (long)readlink("absolute", buffer, sizeof buffer));
  SHOW(readlink("made", buffer, sizeof buffer));
}

static void many(void) {
  mkdir("many", 0755);
  char name[32];
  for (int i = 0; i < 2000; i++) snprintf(name, sizeof name, "many/%d", i), close(open(name, O_CREAT | O_WRONLY, 0644));
  DIR *directory = opendir("many");
  int count = 0, removed = 0;
  struct dirent *entry;
  while ((entry = readdir(directory))) {
    count++;
    if (entry->d_type == DT_REG && unlinkat(dirfd(directory), entry->d_name, 0) == 0) removed++;
  }
  rewinddir(directory);
  int left = 0;
  while (readdir(directory)) left++;
  printf("listed %d, removed %d, left %d\n", count, removed, left);
  closedir(directory);
}

static void attribute(void) {
  close(made("named", "x", 0644));
  char value[64], list[256];
  SHOW(setxattr("named", "user.one", "1", 1, XATTR_CREATE));
  SHOW(setxattr("named", "user.one", "1", 1, XATTR_CREATE));
  SHOW(setxattr("named", "user.two", "1", 1, XATTR_REPLACE));
  printf("getxattr: %ld\n", (long)getxattr("named", "user.one", value, sizeof value));
  printf("size: %ld\n", (long)getxattr("named", "user.one", NULL, 0));
  SHOW(getxattr("named", "user.none", value, sizeof value));
  SHOW(setxattr("named", "trusted.one", "1", 1, 0));
  SHOW(setxattr("named", "security.capability", "none", 4, 0));
  SHOW(setxattr("named", "security.ima", "1", 1, 0));
  SHOW(setxattr("named", "system.none", "1", 1, 0));
  SHOW(setxattr("named", "other", "1", 1, 0));
  SHOW(lsetxattr("absolute", "user.link", "1", 1, 0));
  long length = listxattr("named", list, sizeof list);
  for (char *at = list; at < list + length; at += strlen(at) + 1) printf("has %s\n", at);
  SHOW(removexattr("named", "user.one"));
  SHOW(removexattr("named", "user.one"));
}

/* Names: moving, following, listing. */
int main(void) {
  move();
  resolve();
  many();
  attribute();
  return 0;
}
