import { UserError } from '../base/errors.js';
import { ByteCursor } from './byte-cursor.js';

/**
 * A value that a pickle may hold: plain data, and whatever the caller's functions make of references. Lists, tuples and
 * sets are arrays, dictionaries are Maps.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | PickleFunction
  | object
  | PickleValue[]
  | Map<PickleValue, PickleValue>;

/** A function or class that a pickle may call, written in this program. */
export class PickleFunction {
  readonly name: string;
  readonly call: (args: readonly PickleValue[]) => PickleValue;

  constructor(name: string, call: (args: readonly PickleValue[]) => PickleValue) {
    this.name = name;
    this.call = call;
  }
}

/** What a pickle's references to the outside stand for. */
export interface PickleEnvironment {
  /** What the global `name` (`module.attribute`) stands for; undefined refuses it. */
  readonly global: (name: string) => PickleValue | undefined;
  /** What a persistent id stands for. */
  readonly persistent: (id: PickleValue) => PickleValue;
  /** What to call the pickle in messages. */
  readonly source: string;
}

/** What runs programs, directly or by what it is given. */
const runners =
  /^(os|posix|nt|subprocess|sys|shutil|socket|pty|runpy|importlib|pickle|marshal|types|operator|functools|webbrowser|code|timeit)\b|^(builtins|__builtin__)\.(eval|exec|compile|open|getattr|setattr|__import__|breakpoint|input)$/;

/** Deeper nesting than any checkpoint has; keeps hostile input from exhausting memory. */
const MAX_STACK = 1_000_000;

/**
 * Reads a pickle (protocols 2 to 5) without ever running code from it: a global that the environment does not know is
 * refused by name, functions called are the environment's own, and objects are not constructed.
 * @throws UserError when the pickle refers to anything else, is malformed, or is cut off
 */
export function unpickle(bytes: Uint8Array, environment: PickleEnvironment): PickleValue {
  return new PickleMachine(new ByteCursor(bytes, environment.source), environment).run();
}

/** As `unpickle`, from where a cursor is; it is behind the pickle's end then. */
export function unpickleNext(cursor: ByteCursor, environment: PickleEnvironment): PickleValue {
  return new PickleMachine(cursor, environment).run();
}

type Opcode = (machine: PickleMachine) => void;

/** The stack machine that a pickle is a program for. */
class PickleMachine {
  readonly cursor: ByteCursor;
  readonly memo = new Map<number, PickleValue>();
  private readonly environment: PickleEnvironment;
  private stack: PickleValue[] = [];
  /** Stacks below the marks that are open. */
  private readonly outer: PickleValue[][] = [];

  constructor(cursor: ByteCursor, environment: PickleEnvironment) {
    this.cursor = cursor;
    this.environment = environment;
  }

  run(): PickleValue {
    for (;;) {
      const code = this.cursor.byte();
      if (code === STOP) return this.pop();
      const opcode = opcodes.get(code);
      if (!opcode) this.fail(`it contains the instruction 0x${code.toString(16)}, which no checkpoint needs`);
      opcode(this);
      if (this.stack.length + this.outer.length > MAX_STACK) this.fail('it is nested too deeply');
    }
  }

  fail(reason: string): never {
    throw new UserError(`${this.environment.source} was refused: ${reason}`);
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    return this.stack.length > 0
      ? this.stack.pop()!
      : this.fail('its pickle is damaged (the stack is empty)');
  }

  top(): PickleValue {
    return this.stack.length > 0
      ? this.stack.at(-1)!
      : this.fail('its pickle is damaged (the stack is empty)');
  }

  mark(): void {
    this.outer.push(this.stack);
    this.stack = [];
  }

  /** Everything pushed since the last mark, which is closed. */
  popMark(): PickleValue[] {
    const values = this.stack;
    this.stack = this.outer.pop() ?? this.fail('its pickle is damaged (a mark is missing)');
    return values;
  }

  popMany(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  remembered(index: number): PickleValue {
    const value = this.memo.get(index);
    return value === undefined ? this.fail('its pickle is damaged (an unknown memo)') : value;
  }

  global(module: PickleValue, attribute: PickleValue): PickleValue {
    if (typeof module !== 'string' || typeof attribute !== 'string')
      this.fail('it names a global by no text');
    const name = `${module}.${attribute}`;
    const value = this.environment.global(name);
    if (value !== undefined) return value;
    const reason = runners.test(name)
      ? 'with which it could run any program'
      : 'which is neither a tensor nor plain data';
    return this.fail(
      `it refers to ${name}, ${reason}. Nothing of it was run. If you trust the file, save its state_dict alone again ` +
        'with torch.save.',
    );
  }

  persistent(id: PickleValue): PickleValue {
    return this.environment.persistent(id);
  }

  call(callee: PickleValue, args: PickleValue): PickleValue {
    if (callee instanceof PickleFunction && Array.isArray(args)) return callee.call(args);
    return this.fail('it calls something that is no function');
  }

  append(target: PickleValue, values: readonly PickleValue[]): void {
    if (isInert(target)) return;
    if (!Array.isArray(target)) this.fail('its pickle is damaged (items for something that is no list)');
    for (const value of values) target.push(value);
  }

  setItems(target: PickleValue, values: readonly PickleValue[]): void {
    if (isInert(target)) return;
    if (!(target instanceof Map))
      this.fail('its pickle is damaged (items for something that is no dictionary)');
    for (let index = 0; index + 1 < values.length; index += 2) target.set(values[index]!, values[index + 1]!);
  }

  toDictionary(values: readonly PickleValue[]): PickleValue {
    const dictionary = new Map<PickleValue, PickleValue>();
    this.setItems(dictionary, values);
    return dictionary;
  }
}

/** Whether a value stands for an object that is passed over, whatever is put into it. */
function isInert(value: PickleValue): boolean {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

const STOP = 0x2e;

/** Opcodes by their bytes; names as in CPython's pickletools. */
const opcodes: ReadonlyMap<number, Opcode> = new Map<number, Opcode>([
  // PROTO and FRAME say nothing that has to be known.
  [0x80, (m) => void m.cursor.byte()],
  [0x95, (m) => void m.cursor.take(8)],
  // MARK, POP, POP_MARK, DUP
  [0x28, (m) => m.mark()],
  [0x30, (m) => void m.pop()],
  [0x31, (m) => void m.popMark()],
  [0x32, (m) => m.push(m.top())],
  // NONE, NEWTRUE, NEWFALSE
  [0x4e, (m) => m.push(null)],
  [0x88, (m) => m.push(true)],
  [0x89, (m) => m.push(false)],
  // BININT, BININT1, BININT2, LONG1, BINFLOAT
  [0x4a, (m) => m.push(m.cursor.int32())],
  [0x4b, (m) => m.push(m.cursor.byte())],
  [0x4d, (m) => m.push(m.cursor.uint16())],
  [0x8a, (m) => m.push(m.cursor.bigInteger(m.cursor.byte()))],
  [0x47, (m) => m.push(m.cursor.float64BigEndian())],
  // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
  [0x8c, (m) => m.push(m.cursor.text(m.cursor.byte()))],
  [0x58, (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  [0x8d, (m) => m.push(m.cursor.text(m.cursor.uint64()))],
  // SHORT_BINSTRING, BINSTRING: text of Python 2
  [0x55, (m) => m.push(m.cursor.text(m.cursor.byte()))],
  [0x54, (m) => m.push(m.cursor.text(m.cursor.uint32()))],
  // SHORT_BINBYTES, BINBYTES, BINBYTES8
  [0x43, (m) => m.push(m.cursor.take(m.cursor.byte()))],
  [0x42, (m) => m.push(m.cursor.take(m.cursor.uint32()))],
  [0x8e, (m) => m.push(m.cursor.take(m.cursor.uint64()))],
  // EMPTY_LIST, LIST, APPEND, APPENDS
  [0x5d, (m) => m.push([])],
  [0x6c, (m) => m.push(m.popMark())],
  [0x61, (m) => appendTo(m, [m.pop()])],
  [0x65, (m) => appendTo(m, m.popMark())],
  // EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
  [0x29, (m) => m.push([])],
  [0x74, (m) => m.push(m.popMark())],
  [0x85, (m) => m.push(m.popMany(1))],
  [0x86, (m) => m.push(m.popMany(2))],
  [0x87, (m) => m.push(m.popMany(3))],
  // EMPTY_DICT, DICT, SETITEM, SETITEMS
  [0x7d, (m) => m.push(new Map())],
  [0x64, (m) => m.push(m.toDictionary(m.popMark()))],
  [0x73, (m) => setItemsOf(m, m.popMany(2))],
  [0x75, (m) => setItemsOf(m, m.popMark())],
  // EMPTY_SET, ADDITEMS, FROZENSET
  [0x8f, (m) => m.push([])],
  [0x90, (m) => appendTo(m, m.popMark())],
  [0x91, (m) => m.push(m.popMark())],
  // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET
  [0x71, (m) => void m.memo.set(m.cursor.byte(), m.top())],
  [0x72, (m) => void m.memo.set(m.cursor.uint32(), m.top())],
  [0x94, (m) => void m.memo.set(m.memo.size, m.top())],
  [0x68, (m) => m.push(m.remembered(m.cursor.byte()))],
  [0x6a, (m) => m.push(m.remembered(m.cursor.uint32()))],
  // GLOBAL, STACK_GLOBAL, REDUCE, NEWOBJ, BINPERSID
  [0x63, (m) => m.push(m.global(m.cursor.line(), m.cursor.line()))],
  [0x93, (m) => pushStackGlobal(m)],
  [0x52, (m) => callFunction(m)],
  [0x81, (m) => callFunction(m)],
  [0x51, (m) => m.push(m.persistent(m.pop()))],
  // BUILD: attributes of an object. Those of tensors and dictionaries (`_metadata`) are of no use here.
  [0x62, (m) => void m.pop()],
]);

function appendTo(machine: PickleMachine, values: readonly PickleValue[]): void {
  machine.append(machine.top(), values);
}

function setItemsOf(machine: PickleMachine, values: readonly PickleValue[]): void {
  machine.setItems(machine.top(), values);
}

function pushStackGlobal(machine: PickleMachine): void {
  const [module, attribute] = machine.popMany(2);
  machine.push(machine.global(module!, attribute!));
}

function callFunction(machine: PickleMachine): void {
  const [callee, args] = machine.popMany(2);
  machine.push(machine.call(callee!, args!));
}
