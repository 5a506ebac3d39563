import { describeEntropy } from '../../ports/entropy.contract.ts';
import { systemEntropy } from './entropy.ts';

describeEntropy('the entropy of the system', () => systemEntropy);
