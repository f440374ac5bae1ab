export { BuildCgroup, cgroupsIn } from './cgroup/build-cgroup.ts'
export { cgroupPath, readCgroupView } from './cgroup/cgroup-path.ts'
export { findCgroup, type LimitObstacle } from './cgroup/find-cgroup.ts'
export { type Controller, controllers, neededControllers, type Limits, limitsWithin } from './cgroup/limits.ts'
export { removeCgroup, removeEmptyCgroup } from './cgroup/remove-cgroup.ts'
export { type LimitedTo } from './cgroup/step-cgroup.ts'
export { type DeviceEdits } from './cdi/cdi-spec.ts'
export { findEdits, findDevices, isFree } from './cdi/find-devices.ts'
export { type CdiRegistry, readCdi } from './cdi/read-cdi.ts'
export { copyTree } from './root/copy-tree.ts'
export { emulatorName, Emulators, findEmulator } from './root/emulators.ts'
export { IsolationError, type IsolationErrorCode } from './model/errors.ts'
export { forwardSocket } from './root/forward-socket.ts'
export { type FoundUser, findUser } from './root/find-user.ts'
export { type IdMaps, type IdRange, readIdMaps } from './model/id-map.ts'
export { decodeDevice, deviceAttribute, encodeDevice } from './ledger/devices.ts'
export { Ledger, type LedgerEntry, type LedgerRow } from './ledger/ledger.ts'
export { type LaunchContext } from './launcher/launch.ts'
export { type Libc, loadLibc, type MountCall } from './machine/libc.ts'
export { nodePath } from './node-path.ts'
export { buildStarter, type StartedElsewhere } from './rungs/starter.ts'
export { type Arch } from './machine/machine-code.ts'
export { mountOverlay, type Overlay, overlayMount } from './root/overlay.ts'
export { describeLandlock, scopesSockets } from './plan/landlock.ts'
export { type Obstacle } from './model/obstacle.ts'
export { ociRungs } from './oci/rung.ts'
export { defaultPath } from './plan/exec.ts'
export {
  type Availability,
  type Isolator,
  type Mount,
  type ProcessIo,
  type ProcessResult,
  type ProcessSpec,
} from './model/process.ts'
export { resolveInRoot } from './root/resolve-in-root.ts'
export { type ProbeRequest, type Program, type Rung, type StartedProgram } from './rungs/rung.ts'
export { rungs } from './rungs/rungs.ts'
