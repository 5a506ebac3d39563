import { createPlatformClock } from '@holdfast/verifier';
import { describe } from 'vitest';
import { leaseContract } from '../../ports/lease.contract.ts';
import { createLeaseMemory } from './lease.ts';

describe('leases in memory', () => leaseContract(async () => createLeaseMemory(createPlatformClock())));
