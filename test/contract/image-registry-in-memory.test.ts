import { InMemoryImageRegistry } from '../../shared/adapters/in-memory/image-registry.ts';
import { describeImageRegistry } from './image-registry.ts';

const registry = new InMemoryImageRegistry();

describeImageRegistry('in memory', () => ({
  registry,
  push: ({ repository, ...manifest }) => Promise.resolve(void registry.push(repository, manifest)),
}));
