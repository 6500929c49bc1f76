import { QueueClient } from '@azure/storage-queue';

/** A message that was received and is hidden from others until its receipt runs out. */
export interface ReceivedMessage {
  readonly id: string;
  /** Proof of the last receive or renewal; every renewal gives another. */
  readonly receipt: string;
  readonly dequeueCount: number;
  /** As stored: base64. */
  readonly text: string;
}

/** What a queue trigger does with its queue. */
export interface TriggerQueue {
  /** @returns up to `count` messages, hidden for `seconds`; none while the queue does not exist. */
  receive(count: number, seconds: number): Promise<readonly ReceivedMessage[]>;
  /** Hides a message for `seconds` from now. @returns it with its new receipt. */
  renew(message: ReceivedMessage, seconds: number): Promise<ReceivedMessage>;
  remove(message: ReceivedMessage): Promise<void>;
  /** Copies a message to the poison queue and removes it; one of a poison queue stays where it is. */
  poison(message: ReceivedMessage): Promise<void>;
}

/** A queue of Azure Storage or Azurite. The trigger does not create it. */
export function storageQueue(connectionString: string, name: string): TriggerQueue {
  const queue = new QueueClient(connectionString, name);
  const remove = async ({ id, receipt }: ReceivedMessage): Promise<void> => {
    await queue.deleteMessage(id, receipt);
  };
  return {
    receive: async (count, seconds) => {
      const received = await queue.receiveMessages({ numberOfMessages: count, visibilityTimeout: seconds });
      return received.receivedMessageItems.map(({ messageId, popReceipt, dequeueCount, messageText }) => ({
        id: messageId,
        receipt: popReceipt,
        dequeueCount,
        text: messageText,
      }));
    },
    renew: async (message, seconds) => {
      const { popReceipt = message.receipt } = await queue.updateMessage(
        message.id,
        message.receipt,
        undefined,
        seconds,
      );
      return { ...message, receipt: popReceipt };
    },
    remove,
    poison: async (message) => {
      if (name.endsWith('-poison')) {
        return;
      }
      const poison = new QueueClient(connectionString, `${name}-poison`);
      await poison.createIfNotExists();
      await poison.sendMessage(message.text);
      await remove(message);
    },
  };
}
