#include "show.h"
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sendfile.h>

static void watch(void) {
  mkdir("watched", 0755);
  int fd = inotify_init1(IN_NONBLOCK);
  SHOW(inotify_add_watch(fd, "watched", IN_ALL_EVENTS));
  SHOW(inotify_add_watch(fd, "missing", IN_ALL_EVENTS));
  close(made("watched/a", "text", 0644));
  rename("watched/a", "watched/b");
  link("watched/b", "watched/c");
  chmod("watched/b", 0600);
  unlink("watched/b");
  unlink("watched/c");
  rmdir("watched");
  char bytes[8192];
  ssize_t length = read(fd, bytes, sizeof bytes);
  for (char *at = bytes; at < bytes + length;) {
    struct inotify_event *event = (void *)at;
    printf("event %x %s\n", event->mask, event->len ? event->name : "");
    at += sizeof *event + event->len;
  }
  close(fd);
}

static void without_name(void) {
  int fd = SHOW(open(".", O_TMPFILE | O_RDWR, 0640));
  write(fd, "nameless", 8);
  struct stat s;
  fstat(fd, &s);
  printf("nameless: %o %ld links %ld bytes\n", s.st_mode, (long)s.st_nlink, (long)s.st_size);
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  show_file("named");
  SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
  close(fd);
  fd = SHOW(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0640));
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  SHOW(linkat(AT_FDCWD, path, AT_FDCWD, "exclusive", AT_SYMLINK_FOLLOW));
  close(fd);
  fd = open(".", O_TMPFILE | O_WRONLY, 0600);
  SHOW(linkat(fd, "", AT_FDCWD, "by-descriptor", AT_EMPTY_PATH));
  close(fd);
  SHOW(open(".", O_TMPFILE | O_RDONLY, 0600));
  SHOW(open("named", O_TMPFILE | O_RDWR, 0600));
}

static void copy(void) {
  int from = made("from", "0123456789", 0644), to = made("to", "", 0644);
  loff_t at = 2;
  printf("copy_file_range: %ld\n", (long)copy_file_range(from, &at, to, NULL, 5, 0));
  printf("sendfile: %ld\n", (long)sendfile(to, from, NULL, 3));
  int pipes[2];
  pipe(pipes);
  long moved = splice(from, NULL, pipes[1], NULL, 4, 0);
  printf("splice: %ld %ld\n", (long)moved, (long)splice(pipes[0], NULL, to, NULL, (size_t)moved, 0));
  char text[32] = "";
  pread(to, text, sizeof text - 1, 0);
  printf("copied: %s\n", text);
  SHOW(copy_file_range(from, NULL, to, NULL, 1, 1));
  SHOW(fallocate(to, FALLOC_FL_KEEP_SIZE, 0, 4096));
  SHOW(ftruncate(to, 5000));
  SHOW(truncate("to", 3));
  SHOW(truncate("missing", 3));
  SHOW(posix_fadvise(to, 0, 0, POSIX_FADV_DONTNEED));
  SHOW(syncfs(to));
  show_file("to");
}

static void lock(void) {
  int one = made("lock", "x", 0644), other = open("lock", O_RDWR);
  SHOW(flock(one, LOCK_EX | LOCK_NB));
  SHOW(flock(other, LOCK_EX | LOCK_NB));
  struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
  SHOW(fcntl(one, F_OFD_SETLK, &range));
  SHOW(fcntl(other, F_OFD_SETLK, &range));
  close(other);
}

static void look(void) {
  int directory = open(".", O_DIRECTORY | O_RDONLY), path = open("from", O_PATH);
  struct statx x;
  SHOW(statx(directory, "from", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &x));
  printf("statx: %o %u:%u %llu\n", x.stx_mode, x.stx_uid, x.stx_gid, x.stx_size);
  SHOW(statx(path, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &x));
  SHOW(statx(path, "", 0, STATX_BASIC_STATS, &x));
  char byte;
  SHOW(fchownat(path, "", -1, -1, AT_EMPTY_PATH));
  char name[64], target[4096] = "";
  snprintf(name, sizeof name, "/proc/self/fd/%d", path);
  readlink(name, target, sizeof target - 1);
  printf("descriptor: %s\n", strrchr(target, '/'));
  int again = SHOW(open(name, O_RDONLY));
  printf("read again: %ld\n", (long)read(again, &byte, 1));
  memset(target, 0, sizeof target);
  readlink("/proc/self/cwd", target, sizeof target - 1);
  printf("cwd: %s\n", target);
  memset(target, 0, sizeof target);
  readlink("/proc/self/root", target, sizeof target - 1);
  printf("root: %s\n", target);
  SHOW(access("/proc/self/root/usr/bin", X_OK));
  SHOW(access("/proc/thread-self/comm", R_OK));
  SHOW(open("/proc/self/mem", O_RDWR));
  SHOW(open("/proc/self/oom_score_adj", O_RDWR));
}

static void map(void) {
  int fd = made("mapped", "before", 0644);
  char *bytes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  memcpy(bytes, "after!", 6);
  SHOW(msync(bytes, 4096, MS_SYNC));
  int shared = SHOW(shm_open("/matrix", O_CREAT | O_RDWR | O_EXCL, 0600));
  SHOW(ftruncate(shared, 4096));
  SHOW(shm_unlink("/matrix"));
  int memory = SHOW(memfd_create("memory", MFD_ALLOW_SEALING));
  SHOW(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE));
  SHOW(write(memory, "x", 1));
}

/* Files: descriptors and what can be done with them. */
int main(void) {
  watch();
  without_name();
  copy();
  lock();
  look();
  map();
  return 0;
}
