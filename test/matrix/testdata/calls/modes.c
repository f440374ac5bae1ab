#include "show.h"
#include <grp.h>
#include <sys/sysmacros.h>

static int child(void (*body)(void)) {
  fflush(stdout);
  pid_t pid = fork();
  if (pid == 0) body(), fflush(stdout), _exit(0);
  int ended;
  waitpid(pid, &ended, 0);
  return ended;
}

static void become(void) {
  SHOW(setgroups(2, (gid_t[]){50, 60}));
  SHOW(setresgid(33, 33, 33));
  SHOW(setresuid(34, 34, 34));
  SHOW(setuid(0));
  SHOW(setgroups(0, NULL));
  SHOW(setegid(50));
  uid_t ids[3];
  getresuid(&ids[0], &ids[1], &ids[2]);
  printf("ids %d %d %d, group %d, further groups %d\n", ids[0], ids[1], ids[2], getegid(), getgroups(0, NULL));
  SHOW(open("group", O_RDONLY));
  SHOW(open("group", O_WRONLY));
  SHOW(open("private", O_RDONLY));
  SHOW(access("private", R_OK));
  SHOW(faccessat(AT_FDCWD, "group", R_OK | W_OK, AT_EACCESS));
  SHOW(chmod("group", 0777));
  SHOW(chown("group", 34, 33));
  SHOW(open("/etc/shadow", O_RDONLY));
  SHOW(open("/root/new", O_CREAT | O_WRONLY, 0600));
  SHOW(mkdir("/root/new", 0700));
  SHOW(link("private", "shared/linked"));
  SHOW(link("group", "shared/linked"));
  SHOW(open("shared/of-root", O_WRONLY | O_CREAT, 0600));
  SHOW(open("shared/of-root", O_WRONLY));
  SHOW(open("shared/link", O_RDONLY));
  SHOW(unlink("shared/of-root"));
  SHOW(rename("shared/of-root", "shared/moved"));
  SHOW(utimensat(AT_FDCWD, "shared/of-root", NULL, 0));
  SHOW(utimensat(AT_FDCWD, "shared/of-root", (struct timespec[]){{1, 0}, {1, 0}}, 0));
  int own = SHOW(open("shared/own", O_RDWR | O_CREAT | O_EXCL, 06777));
  SHOW(fchmod(own, 06755));
  show_file("shared/own");
  show_file("shared/own");
  SHOW(fchmod(own, 06755));
  SHOW(truncate("shared/own", 0));
  show_file("shared/own");
  SHOW(fchmod(own, 06755));
  SHOW(chown("shared/own", -1, 50));
  show_file("shared/own");
  SHOW(chown("shared/own", -1, 77));
  SHOW(fchmod(own, 02755));
  show_file("shared/own");
  SHOW(mknod("shared/device", S_IFCHR | 0600, makedev(1, 3)));
  SHOW(mknod("shared/pipe", S_IFIFO | 0600, 0));
  SHOW(chroot("shared"));
}

static void effective(void) {
  setresuid(-1, 34, -1);
  SHOW(access("private", R_OK));
  SHOW(faccessat(AT_FDCWD, "private", R_OK, AT_EACCESS));
  SHOW(open("private", O_RDONLY));
  SHOW(seteuid(0));
  SHOW(open("private", O_RDONLY));
}

/* Modes and owners: what they refuse, to whom. */
int main(void) {
  umask(022);
  chmod(".", 0755);
  close(made("private", "x", 0600));
  close(made("group", "x", 0640));
  SHOW(chown("group", -1, 50));
  mkdir("shared", 0755);
  chmod("shared", 01777);
  close(made("shared/of-root", "x", 0666));
  symlink("../private", "shared/link");
  show_file("group");
  close(made("own", "", 06755));
  show_file("own");
  show_file("own");
  SHOW(fchownat(AT_FDCWD, "own", getuid(), -1, 0));
  show_file("own");
  SHOW(syscall(452, AT_FDCWD, "shared/link", 0600, AT_SYMLINK_NOFOLLOW));
  SHOW(fchmodat(AT_FDCWD, "own", 0640, 0));
  SHOW(fchownat(AT_FDCWD, "own", 0, 0, 1 << 20));
  printf("became: %d\n", child(become));
  printf("effective: %d\n", child(effective));
  show_file("shared/own");
  SHOW(mknod("device", S_IFBLK | 0660, makedev(7, 1)));
  umask(0);
  mkdir("all", 07777);
  show_file("all");
  printf("umask: %o\n", umask(027));
  return 0;
}
