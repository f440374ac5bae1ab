export { type Availability, type Mount, type ProcessIo, type ProcessResult, type ProcessSpec } from './process.ts'
