import { describeDestinationParser } from '../../ports/destination-parser.contract.ts';
import { createDestinationParser } from './destination-parser.ts';

describeDestinationParser('destinations by registries', createDestinationParser);
