import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Ledger } from '../ledger/ledger.ts'
import type { Mount } from '../model/process.ts'
import { confinedIsolator } from '../rungs/confined.ts'
import { canSandbox, type Outcome, Sandbox } from '../testing/sandbox.ts'

// Programs in C that use what a shell cannot: their memory, descriptors and threads.

const canCompile = canSandbox && compile('/dev/null', '#include <stdio.h>\nint main() { return 0; }') === ''

/** Errors of the compiler. */
function compile(program: string, source: string): string {
  const { stderr, error } = spawnSync('gcc', ['-static', '-pthread', '-x', 'c', '-', '-o', program], { input: source })
  return error?.message ?? stderr.toString()
}

const start = `
  #define _GNU_SOURCE
  #include <errno.h>
  #include <fcntl.h>
  #include <linux/fs.h>
  #include <pthread.h>
  #include <signal.h>
  #include <stdio.h>
  #include <stdlib.h>
  #include <string.h>
  #include <sys/ioctl.h>
  #include <sys/mman.h>
  #include <sys/ptrace.h>
  #include <sys/socket.h>
  #include <sys/stat.h>
  #include <sys/syscall.h>
  #include <sys/uio.h>
  #include <sys/un.h>
  #include <sys/wait.h>
  #include <sys/xattr.h>
  #include <unistd.h>
  /* Prints a call that must not succeed. */
  #define REFUSED(call) do { if ((long)(call) != -1) printf("%s\\n", #call); } while (0)
  static char text[4096];
  static char *at(const char *form, ...) { __builtin_va_list list; __builtin_va_start(list, form); vsnprintf(text, sizeof text, form, list); return text; }
`

describe.skipIf(!canCompile)(
  'a confined program in C (skipped without gcc, libc6-dev, CAP_SYS_ADMIN or busybox)',
  () => {
    let sandbox: Sandbox
    beforeEach(() => {
      sandbox = new Sandbox(confinedIsolator)
      mkdirSync(sandbox.at('precious'))
      writeFileSync(sandbox.at('precious/file'), 'precious'.repeat(1024), { mode: 0o640 })
    })
    afterEach(() => {
      const { mode, nlink } = statSync(sandbox.at('precious/file'))
      expect({ mode: mode & 0o7777, nlink }).toEqual({ mode: 0o640, nlink: 1 })
      expect(readFileSync(sandbox.at('precious/file'), 'utf8')).toBe('precious'.repeat(1024))
      expect(readdirSync(sandbox.at('precious'))).toEqual(['file'])
      sandbox[Symbol.dispose]()
    })

    /** Runs a program of root. `more`: declarations outside of `main`. */
    async function run(main: string, more = ''): Promise<Outcome> {
      const program = sandbox.at('rootfs/tmp/program')
      const source = `${start} ${more} int main(int argc, char **argv) { setvbuf(stdout, 0, _IONBF, 0); ${main} puts("end"); return 0; }`
      expect(compile(program, source)).toBe('')
      const readonly: Mount = {
        type: 'bind',
        source: sandbox.at('precious'),
        target: '/precious',
        readonly: true,
        directory: true,
      }
      return sandbox.run(['/tmp/program'], { mounts: [readonly], ledger: new Ledger() })
    }

    test('changes no file of a read-only mount by descriptors, links, mapped memory or requests', async () => {
      const { out, err } = await run(`
      int file = open("/precious/file", O_RDONLY), path = open("/precious/file", O_PATH), directory = open("/precious", O_DIRECTORY), temporary = open("/tmp", O_DIRECTORY);
      REFUSED(link("/precious/file", "/tmp/a"));
      REFUSED(linkat(AT_FDCWD, at("/proc/self/fd/%d", file), AT_FDCWD, "/tmp/b", AT_SYMLINK_FOLLOW));
      REFUSED(linkat(file, "", AT_FDCWD, "/tmp/c", AT_EMPTY_PATH));
      REFUSED(linkat(path, "", AT_FDCWD, "/tmp/d", AT_EMPTY_PATH));
      REFUSED(linkat(directory, "file", temporary, "e", 0));
      symlink("/precious", "/tmp/precious"); symlink("/precious/file", "/tmp/file"); symlink("/precious/new", "/tmp/new");
      REFUSED(link("/tmp/precious/file", "/tmp/f"));
      REFUSED(linkat(AT_FDCWD, "/tmp/file", AT_FDCWD, "/tmp/g", AT_SYMLINK_FOLLOW));
      REFUSED(rename("/precious/file", "/tmp/h"));
      REFUSED(renameat2(directory, "file", temporary, "program", RENAME_EXCHANGE));
      const char *paths[] = {"/precious/file", "/tmp/file", "/tmp/precious/file", strdup(at("/proc/self/fd/%d", file)), strdup(at("/dev/fd/%d", path)), strdup(at("/proc/self/fd/%d/file", directory)),
        strdup(at("/proc/%d/task/%d/fd/%d", getpid(), gettid(), file)), strdup(at("/proc/%d/task/%d/root/precious/file", getpid(), gettid()))};
      for (int i = 0; i < sizeof paths / sizeof *paths; i++) {
        REFUSED(open(paths[i], O_RDWR)); REFUSED(open(paths[i], O_WRONLY | O_CREAT, 0600)); REFUSED(open(paths[i], O_RDONLY | O_TRUNC));
        REFUSED(truncate(paths[i], 1)); REFUSED(chmod(paths[i], 0777)); REFUSED(chown(paths[i], 1, 1)); REFUSED(utimensat(AT_FDCWD, paths[i], 0, 0)); REFUSED(setxattr(paths[i], "user.a", "1", 1, 0));
      }
      REFUSED(open("/tmp/new", O_WRONLY | O_CREAT, 0600)); REFUSED(openat(directory, ".", O_RDWR | O_TMPFILE, 0600));
      REFUSED(fchmod(file, 0777)); REFUSED(fchown(file, 1, 1)); REFUSED(futimens(file, 0)); REFUSED(fsetxattr(file, "user.a", "1", 1, 0)); REFUSED(syscall(452, path, "", 0777, AT_EMPTY_PATH));
      char *mapped = mmap(0, 8192, PROT_READ, MAP_SHARED, file, 0); REFUSED(mprotect(mapped, 8192, PROT_READ | PROT_WRITE));
      REFUSED(open(at("/proc/self/map_files/%lx-%lx", (long)mapped, (long)mapped + 8192), O_RDWR));
      REFUSED(openat(open("/proc/self/map_files", O_DIRECTORY), at("%lx-%lx", (long)mapped, (long)mapped + 8192), O_RDWR));
      int memory = open("/proc/self/mem", O_RDWR); pwrite(memory, "evil", 4, (long)mapped);
      long flags = 0; ioctl(file, FS_IOC_GETFLAGS, &flags); flags |= FS_NODUMP_FL; REFUSED(ioctl(file, FS_IOC_SETFLAGS, &flags));
      struct fsxattr attributes = {}; ioctl(file, FS_IOC_FSGETXATTR, &attributes); attributes.fsx_xflags |= FS_XFLAG_NODUMP; REFUSED(ioctl(file, FS_IOC_FSSETXATTR, &attributes));
      chdir("/precious"); REFUSED(open("file", O_RDWR)); REFUSED(mkdir("new", 0777)); REFUSED(unlink("file")); REFUSED(symlink("a", "new")); REFUSED(mknod("new", S_IFIFO | 0600, 0));`)
      expect({ out, err }).toEqual({ out: 'end\n', err: '' })
    })

    test('of another user gets no rights of a set-user-ID program that does not run', async () => {
      const { out, err } = await run(`
      if (argc > 1) { printf("%d\\n", geteuid()); return 0; }
      chmod("/tmp/program", 04755); setresgid(1000, 1000, 1000); setresuid(1000, 1000, 1000);
      /* The kernel refuses the second argument, after the program was chosen. */
      char *arguments[] = {"program", (char *)1, 0}, *none[] = {0}; REFUSED(syscall(SYS_execve, "/tmp/program", arguments, none));
      /* The question of the loader. */
      unsigned long *stack = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); stack += 2048; stack[0] = 1; stack[1] = (long)"id"; stack[4] = 6; stack[5] = 4096;
      REFUSED(syscall(SYS_openat, -7777, stack, 0, 0)); REFUSED(setuid(0)); if (getuid() != 1000 || geteuid() != 1000) puts("rights");
      /* One that is traced. */
      pid_t child = fork(); if (child == 0) { ptrace(PTRACE_TRACEME); raise(SIGSTOP); execl("/tmp/program", "program", "id", NULL); _exit(1); }
      for (int status; waitpid(child, &status, 0) == child && !WIFEXITED(status); ) ptrace(PTRACE_CONT, child, 0, 0);
      execl("/tmp/program", "program", "id", NULL);`)
      expect({ out, err }).toEqual({ out: '1000\n0\n', err: '' })
    })

    test('of another user does not look into processes of root', async () => {
      const { out, err } = await run(`
      static volatile long secret = 42; long own = 7; pid_t root = getpid(), user = fork();
      if (user != 0) { waitpid(user, 0, 0); if (secret != 42) puts("written"); puts("end"); return 0; }
      setresgid(1000, 1000, 1000); setresuid(1000, 1000, 1000);
      struct iovec here = {&own, 8}, there = {(void *)&secret, 8};
      REFUSED(process_vm_readv(root, &here, 1, &there, 1, 0)); REFUSED(process_vm_writev(root, &here, 1, &there, 1, 0));
      REFUSED(ptrace(PTRACE_ATTACH, root, 0, 0)); REFUSED(ptrace(PTRACE_SEIZE, root, 0, 0)); REFUSED(kill(root, SIGTERM));
      const char *files[] = {"mem", "environ", "maps", "fd", "fd/0", "fdinfo", "task/%d/mem", "cwd/", "root/", "exe", "auxv"};
      for (int i = 0; i < sizeof files / sizeof *files; i++) { char form[99]; snprintf(form, 99, "/proc/%d/%s", root, files[i]); REFUSED(open(at(form, root), O_RDONLY)); }
      /* Its own children it can look into. */
      pid_t child = fork(); if (child == 0) { pause(); _exit(0); }
      if (process_vm_writev(child, &here, 1, &there, 1, 0) != 8) puts("own memory"); if (open(at("/proc/%d/environ", child), O_RDONLY) < 0) puts("own file");
      kill(child, SIGKILL);`)
      expect({ out, err }).toEqual({ out: 'end\nend\n', err: '' })
    })

    test('of another user does not become root as an orphan', async () => {
      const { out, err } = await run(`
      pid_t user = fork();
      if (user == 0) {
        setresgid(1000, 1000, 1000); setresuid(1000, 1000, 1000);
        /* Calls that the supervisor does not see. */
        pid_t parent = getpid(); if (fork() == 0) { while (getppid() == parent); sleep(1); printf("%d\\n", geteuid()); REFUSED(setuid(0)); _exit(0); }
        kill(parent, SIGKILL);
      }
      waitpid(user, 0, 0); sleep(2);`)
      expect({ out, err }).toEqual({ out: '1000\nend\n', err: '' })
    })

    test('that changes its memory while a call is answered reaches nothing else', async () => {
      const functions = `
      static char path[64]; static volatile int done; static const char *choices[] = {"/precious/file", "/tmp/other"};
      static void *change(void *none) { for (unsigned i = 0; !done; i++) memcpy(path, choices[i & 1], strlen(choices[i & 1]) + 1); return 0; }`
      const main = `
      close(open("/tmp/other", O_CREAT | O_WRONLY, 0644));
      pthread_t threads[2]; memcpy(path, choices[0], 15); for (int i = 0; i < 2; i++) pthread_create(threads + i, 0, change, 0);
      for (int i = 0; i < 300; i++) {
        int file = open(path, O_RDWR); if (file >= 0) { pwrite(file, "evil", 4, 0); close(file); }
        struct stat status; stat(path, &status); chmod(path, 0777); link(path, "/tmp/linked"); truncate(path, 4); unlink("/tmp/linked"); access(path, W_OK);
        int bare = open("/tmp", O_PATH); fstatat(bare, "other", &status, 0); close(bare);
      }
      done = 1; for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);`
      const { out, err } = await run(main, functions)
      expect({ out, err }).toEqual({ out: 'end\n', err: '' })
    })

    test('gets the errors of the kernel for pointers at the ends of pages and of memory', async () => {
      const { out, err } = await run(`
      char *pages = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); mprotect(pages + 4096, 4096, PROT_READ); munmap(pages + 8192, 4096);
      #define CHECK(call, error) do { errno = 0; long result = (call); if (result != -1 || errno != error) printf("%s: %ld %d\\n", #call, result, errno); } while (0)
      int file = open("/tmp", O_DIRECTORY), known = open("/tmp/program", O_RDONLY); close(known);
      void *wrong[] = {(void *)0, (void *)1, (void *)0x7ffffffff000, (void *)0xffff800000000000, (void *)-1, (void *)-4096, pages + 8192};
      for (int i = 0; i < 7; i++) { void *p = wrong[i];
        CHECK(syscall(SYS_open, p, 0), EFAULT); CHECK(syscall(SYS_access, p, 0), EFAULT); CHECK(syscall(SYS_readlink, p, text, 9), EFAULT); CHECK(syscall(SYS_newfstatat, file, p, text, 0), EFAULT);
        CHECK(syscall(SYS_fstat, file, p), EFAULT); CHECK(syscall(SYS_newfstatat, file, "program", p, 0), EFAULT); CHECK(syscall(SYS_newfstatat, AT_FDCWD, "/tmp/program", p, 0), EFAULT); if (p) CHECK(syscall(SYS_rt_sigaction, 10, p, 0, 8), EFAULT); }
      /* A path and a structure that the next page would have to hold, and one that is read-only. */
      mprotect(pages + 4096, 4096, PROT_READ | PROT_WRITE); memset(pages, '/', 8192); CHECK(open(pages + 8192 - 9, 0), EFAULT); CHECK(access(pages + 8191, 0), EFAULT);
      CHECK(syscall(SYS_fstat, file, pages + 8192 - 72), EFAULT); CHECK(syscall(SYS_newfstatat, file, "program", pages + 8192 - 8, 0), EFAULT);
      mprotect(pages + 4096, 4096, PROT_READ); CHECK(syscall(SYS_fstat, file, pages + 4096), EFAULT); CHECK(syscall(SYS_fstat, file, pages + 4096 - 72), EFAULT);
      /* Names that cross pages, and the longest ones. */
      strcpy(pages + 4096 - 5, ""); memcpy(pages + 4096 - 12, "/tmp/program", 12); mprotect(pages + 4096, 4096, PROT_READ | PROT_WRITE); pages[4096] = 0;
      for (int i = 0; i < 3; i++) if (access(pages + 4096 - 12, R_OK) != 0) puts("crossing");
      memset(text, '/', 4095); memcpy(text + 4095 - 12, "/tmp/program", 12); text[4095] = 0; if (access(text, R_OK) != 0) puts("longest");
      char *longer = malloc(5000); memset(longer, '/', 4999); memcpy(longer + 4090, "/tmp/program", 13); CHECK(access(longer, R_OK), ENAMETOOLONG); memset(longer, 'x', 4999); longer[300] = 0; CHECK(access(longer, R_OK), ENAMETOOLONG);
      /* Flags that no call has. */
      for (int i = 0; i < 2; i++) { CHECK(syscall(SYS_faccessat2, AT_FDCWD, "/tmp/program", R_OK, 0x4), EINVAL); CHECK(syscall(SYS_access, "/tmp/program", 8), EINVAL); CHECK(syscall(SYS_newfstatat, file, "program", text, 0x4), EINVAL); CHECK(syscall(SYS_newfstatat, file, "none", text, 0x4), EINVAL); }`)
      expect({ out, err }).toEqual({ out: 'end\n', err: '' })
    })

    test('whose threads are killed in the middle of calls leaves a supervisor that answers', async () => {
      const functions = `
      static void *work(void *number) {
        unsigned seed = (long)number + getpid(); char path[99], bytes[99]; struct stat status;
        for (;;) switch (rand_r(&seed) % 12) {
          case 0: close(open("/tmp/program", O_RDONLY)); break;
          case 1: stat("/tmp/none", &status); break;
          case 2: sprintf(path, "/tmp/d%d", rand_r(&seed) % 9); mkdir(path, 0777); rmdir(path); break;
          case 3: readlink("/proc/self/exe", bytes, 99); break;
          case 4: { sprintf(path, "/tmp/f%d", rand_r(&seed) % 9); int file = open(path, O_CREAT | O_RDWR, 0600); fchown(file, 3, 4); fstat(file, &status); close(file); unlink(path); break; }
          case 5: rename("/tmp/f1", "/tmp/f2"); break;
          case 6: if (vfork() == 0) { execl("/tmp/program", "program", "child", NULL); _exit(0); } break;
          case 7: { int end = socket(AF_UNIX, SOCK_STREAM, 0); struct sockaddr_un address = {AF_UNIX, "/tmp/socket"}; bind(end, (void *)&address, sizeof address); connect(end, (void *)&address, sizeof address); close(end); unlink("/tmp/socket"); break; }
          case 8: if (rand_r(&seed) % 50 == 0) execl("/tmp/program", "program", "child", NULL); break;
          case 9: { char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); munmap(page, 4096); stat(page, &status); break; }
          case 10: close(rand_r(&seed) % 30 + 3); break;
          case 11: { int directory = open("/tmp", O_PATH); fstatat(directory, "program", &status, 0); dup2(directory, rand_r(&seed) % 30 + 3); close(directory); break; }
        }
      }`
      const main = `
      if (argc > 1) return 0;
      for (int round = 0; round < 8; round++) {
        pid_t groups[4];
        for (int i = 0; i < 4; i++) if ((groups[i] = fork()) == 0) { setpgid(0, 0); for (long j = 0; j < 9; j++) { pthread_t thread; pthread_create(&thread, 0, work, (void *)(77 * j)); } work(0); }
        usleep(20000 + rand() % 40000);
        for (int i = 0; i < 4; i++) { setpgid(groups[i], groups[i]); kill(-groups[i], SIGKILL); kill(groups[i], SIGKILL); }
      }
      while (wait(0) > 0);
      struct stat status; if (stat("/tmp/program", &status) != 0 || open("/tmp/program", O_RDONLY) < 0) puts("no answer");`
      const { out, err, exitCode } = await run(main, functions)
      expect({ out, err, exitCode }).toEqual({ out: 'end\n', err: '', exitCode: 0 })
    })
  },
)
