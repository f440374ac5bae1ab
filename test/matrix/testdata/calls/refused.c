#include "show.h"
#include <sched.h>
#include <sys/ipc.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/time.h>

#define CALL(name, ...) shown(#name, syscall(SYS_##name __VA_OPT__(,) __VA_ARGS__))

/* Calls that change the machine, or that it may lack. */
int main(void) {
  mkdir("point", 0755);
  SHOW(mount("none", "point", "tmpfs", 0, NULL));
  SHOW(mount("/usr", "point", NULL, MS_BIND, NULL));
  SHOW(umount2("/proc", MNT_DETACH));
  SHOW(umount2("point", 0));
  CALL(pivot_root, "point", "point");
  SHOW(chroot("missing"));
  SHOW(unshare(CLONE_NEWNS));
  SHOW(unshare(CLONE_NEWUSER));
  SHOW(unshare(CLONE_NEWNET));
  SHOW(unshare(CLONE_FILES));
  SHOW(setns(0, 0));
  SHOW(sethostname("other", 5));
  SHOW(setdomainname("other", 5));
  SHOW(settimeofday(&(struct timeval){1, 0}, NULL));
  SHOW(nice(-5));
  SHOW(setpriority(PRIO_PROCESS, 0, 5));
  SHOW(klogctl(10, NULL, 0));
  SHOW(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
  SHOW(setrlimit(RLIMIT_CORE, &(struct rlimit){1, 1}));
  CALL(acct, "point");
  CALL(swapon, "point", 0);
  CALL(swapoff, "point");
  CALL(reboot, 0, 0, 0, 0);
  CALL(init_module, NULL, 0, "");
  CALL(delete_module, "none", 0);
  CALL(kexec_load, 0, 0, NULL, 0);
  CALL(iopl, 3);
  CALL(ioperm, 0, 1, 1);
  CALL(bpf, 0, NULL, 0);
  CALL(perf_event_open, NULL, 0, -1, -1, 0);
  CALL(userfaultfd, 0);
  CALL(io_uring_setup, 1, NULL);
  CALL(fanotify_init, 0, 0);
  CALL(open_by_handle_at, -1, NULL, 0);
  CALL(keyctl, 0, 0, 0, 0, 0);
  CALL(add_key, NULL, NULL, NULL, 0, 0);
  CALL(request_key, NULL, NULL, NULL, 0);
  CALL(quotactl, 0, NULL, 0, NULL);
  CALL(vhangup);
  CALL(fsopen, "tmpfs", 0);
  CALL(fsmount, -1, 0, 0);
  CALL(move_mount, -1, "", -1, "", 0);
  CALL(mount_setattr, -1, "", 0, NULL, 0);
  CALL(personality, 0xffffffff);
  SHOW(socket(AF_PACKET, SOCK_RAW, 0));
  SHOW(socket(AF_INET, SOCK_RAW, 255));
  SHOW(socket(AF_NETLINK, SOCK_RAW, 0));
  SHOW(socket(AF_VSOCK, SOCK_STREAM, 0));
  int memory = SHOW(shmget(IPC_PRIVATE, 4096, 0600));
  SHOW(shmctl(memory, IPC_RMID, NULL));
  SHOW(syscall(9999));
  return 0;
}
