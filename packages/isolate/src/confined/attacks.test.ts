import { type ChildProcess, spawn } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Ledger } from '../ledger/ledger.ts'
import type { Mount } from '../model/process.ts'
import { confinedIsolator } from '../rungs/confined.ts'
import { until } from '../testing/processes.ts'
import { canSandbox, type Outcome, Sandbox } from '../testing/sandbox.ts'

// Attempts of root of an image to use the supervisor, which has all rights of the builder.

const mounts: readonly Mount[] = ['/bin', '/lib', '/lib64', '/usr']
  .filter((path) => existsSync(path))
  .map((path) => ({ type: 'bind', source: path, target: path, readonly: true, directory: true, recursive: true }))

/** Last process id that was given away. The next process gets the one behind it. */
const lastPid = '/proc/sys/kernel/ns_last_pid'

/** Starts a process with an id that is free. Other processes of the machine may be faster. */
async function startWithId(pid: number): Promise<ChildProcess> {
  for (let tries = 0; tries < 100; tries += 1) {
    writeFileSync(lastPid, String(pid - 1))
    const started = spawn('sleep', ['60'])
    if (started.pid === pid) return started
    started.kill()
    await setTimeout(10)
  }
  throw new Error(`no process gets the id ${pid}`)
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

const canAttack = canSandbox && process.arch === 'x64' && existsSync('/usr/bin/perl')

describe.skipIf(!canAttack)('a confined process (skipped without x86-64, CAP_SYS_ADMIN, busybox or perl)', () => {
  let sandbox: Sandbox
  beforeEach(() => {
    sandbox = new Sandbox(confinedIsolator)
    rmSync(sandbox.at('rootfs'), { recursive: true })
    mkdirSync(sandbox.at('rootfs/t/a'), { recursive: true })
    mkdirSync(sandbox.at('outside'))
    writeFileSync(sandbox.at('outside/canary'), 'secret', { mode: 0o640 })
  })
  afterEach(() => {
    expect(readdirSync(sandbox.at('outside'))).toEqual(['canary'])
    expect(readFileSync(sandbox.at('outside/canary'), 'utf8')).toBe('secret')
    expect(statSync(sandbox.at('outside/canary')).mode & 0o777).toBe(0o640)
    sandbox[Symbol.dispose]()
  })

  function attack(program: string, more: readonly Mount[] = []): Promise<Outcome> {
    const args = ['/usr/bin/perl', '-e', program, sandbox.at('outside')]
    return sandbox.run(args, { mounts: [...mounts, ...more], ledger: new Ledger() })
  }

  test('that exchanges directories and symlinks meanwhile reaches no file outside', async () => {
    const { out, err } = await attack(`
      my $outside = $ARGV[0];
      symlink $outside, '/t/b' or die; symlink '../' x 20 . $outside, '/t/c' or die; mkdir '/t/d' or die;
      my @pairs = (['/t/a', '/t/b'], ['/t/d', '/t/c']);
      my $other = fork;
      if (!$other) { while (1) { for (@pairs) { my ($a, $b) = @$_; syscall 316, -100, $a, -100, $b, 2 } } }
      my $seen = 0;
      for (1 .. 150) {
        for my $directory ('/t/a', '/t/d') {
          my $path = "$directory/canary"; my $file;
          $seen += 1 if open($file, '<', $path) && (<$file> // '') =~ /secret/;
          open($file, '>', $path) and print $file 'evil';
          chmod 0777, $path; utime 1, 1, $path; truncate $path, 1; mkdir "$directory/new"; symlink 'x', "$directory/link";
          link "/t/file", "$directory/linked"; rename $path, "$directory/moved"; unlink $path; rmdir "$directory/new";
          chdir $directory and open($file, '>', 'made') and chdir '/';
        }
      }
      kill 9, $other; wait; print "seen $seen\\n"`)
    expect({ out, err }).toEqual({ out: 'seen 0\n', err: '' })
  })

  test('can neither trace, signal nor look into the supervisor', async () => {
    // The parent of the first process is the supervisor's.
    const { out, err } = await attack(`
      my $p = getppid; my $text = 'x' x 64; my $vector = pack 'PQ', $text, 64; my $far = pack 'QQ', 0x400000, 64;
      my %calls = (attach => [101, 16, $p, 0, 0], seize => [101, 0x4206, $p, 0, 0], read => [310, $p, $vector, 1, $far, 1, 0],
        write => [311, $p, $vector, 1, $far, 1, 0], kill => [62, $p, 9], group => [62, -$p, 9], thread => [234, $p, $p, 9], one => [200, $p, 9],
        queue => [129, $p, 9, $text], pidfd => [434, $p, 0], limits => [302, $p, 7, 0, $text]);
      for (sort keys %calls) { my ($number, @args) = @{$calls{$_}}; my $result = syscall $number, @args; print "$_\\n" if $result >= 0 }
      for (qw(mem environ maps root cwd fd/0 task)) { print "$_\\n" if -e "/proc/$p/$_" || open(my $file, '+<', "/proc/$p/$_") }
      for (glob '/proc/[0-9]*') { my ($pid) = m{(\\d+)$}; print "process $pid\\n" if $pid != $$ }
      print "end\\n"`)
    expect({ out, err }).toEqual({ out: 'end\n', err: '' })
  })

  test('gets nothing but the root by a descriptor of it, nor by one of /proc', async () => {
    const { out } = await attack(`
      my ($outside) = @ARGV; opendir my $root, '/'; opendir my $proc, '/proc'; opendir my $self, '/proc/self';
      for my $d ($root, $proc, $self) { for my $path (substr($outside, 1) . '/canary', '../' x 30 . "$outside/canary", '1/environ', "root$outside/canary", 'cwd/../../canary') {
        for my $resolve (0, 2, 8, 16) { my $how = pack 'QQQ', 0, 0, $resolve; my $name = $path; my $fd = syscall 437, fileno $d, $name, $how, 24;
          print "$path $resolve\\n" if $fd >= 0 } } }
      print "end\\n"`)
    expect(out).toBe('end\n')
  })

  test.skipIf(!isWritable(lastPid))(
    'gets nothing from a process outside that has the id of one that was killed (skipped without a writable ns_last_pid)',
    async () => {
      mkdirSync(sandbox.at('shared'))
      const shared: Mount = {
        type: 'bind',
        source: sandbox.at('shared'),
        target: '/shared',
        readonly: false,
        directory: true,
      }
      const attacked = attack(
        `
        my $p = fork; if (!$p) { umask 022; kill 9, $$; sleep 9 } waitpid $p, 0;
        open my $out, '>', '/shared/new'; print $out $p; close $out; rename '/shared/new', '/shared/pid'; select undef, undef, undef, 0.01 until -e '/shared/taken';
        for (qw(environ mem maps status fd task)) { print "$_\n" if -e "/proc/$p/$_" || open my $file, '<', "/proc/$p/$_" }
        my $text = 'x' x 64; my $vector = pack 'PQ', $text, 64; my $far = pack 'QQ', 0x400000, 64;
        my %calls = (attach => [101, 16, $p, 0, 0], read => [310, $p, $vector, 1, $far, 1, 0], kill => [62, $p, 9], group => [62, -$p, 9], thread => [234, $p, $p, 9],
          all => [62, -1, 9], queue => [129, $p, 9, $text], pidfd => [434, $p, 0], limits => [302, $p, 7, 0, $text]);
        for (sort keys %calls) { my ($number, @args) = @{$calls{$_}}; my $result = syscall $number, @args; print "$_\n" if $result >= 0 }
        print "end\n"`,
        [shared],
      )
      await until(() => existsSync(sandbox.at('shared/pid')))
      const pid = Number(readFileSync(sandbox.at('shared/pid'), 'utf8'))
      const other = await startWithId(pid)
      writeFileSync(sandbox.at('shared/taken'), '')
      const { out, err } = await attacked
      other.kill()
      expect({ out, err }).toEqual({ out: 'end\n', err: '' })
    },
  )
})
