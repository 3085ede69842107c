/**
 * Texts that match a regular expression of the schema. It knows what those use: alternatives, groups, classes, escapes and
 * quantifiers. Anchors are passed over, for every pattern of ours is anchored at both ends.
 */

type Node =
  | { readonly is: 'text'; readonly characters: string }
  | { readonly is: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly is: 'either'; readonly nodes: readonly Node[] }
  | { readonly is: 'repeat'; readonly node: Node; readonly least: number; readonly most: number };

/** How the open questions of a pattern are answered. */
interface Answers {
  /** How often a part is repeated; `most` may be infinite. */
  readonly times: (least: number, most: number) => number;
  /** One of so many characters, from 0. */
  readonly which: (count: number) => number;
  /** One of so many alternatives; as `which` where left out. */
  readonly alternative?: (count: number) => number;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';
/** How much of what may be repeated only so many times is. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];
const PRINTABLE = Array.from({ length: 94 }, (_, index) => String.fromCodePoint(33 + index)).join('');

/** A few repetitions, drawn at random. */
export function someText(pattern: string, random: () => number): string {
  const which = (count: number) => Math.floor(random() * count);
  return written(parsed(pattern), {
    times: (least, most) => least + which(Math.min(most - least, 6) + 1),
    which,
  });
}

export function shortestText(pattern: string): string {
  return written(parsed(pattern), { times: (least) => least, which: () => 0 });
}

const longestTexts = new Map<string, string>();

/** The longest that has at most so many characters, as far as a few ways of stretching it lead. */
export function longestText(pattern: string, most: number): string {
  const key = `${most} ${pattern}`;
  const known = longestTexts.get(key) ?? longestOf(pattern, most);
  longestTexts.set(key, known);
  return known;
}

function longestOf(pattern: string, most: number): string {
  const node = parsed(pattern);
  const stretched = (share: number, alternative: number, length: number): string => {
    let isFirst = true;
    return written(node, {
      which: () => 0,
      alternative: (count) => Math.min(alternative, count - 1),
      times: (least, limit) => {
        if (limit !== Infinity) return least + Math.round(share * (limit - least));
        const times = isFirst ? Math.max(least, length) : least;
        isFirst = false;
        return times;
      },
    });
  };
  const ways = SHARES.flatMap((share) => [0, 1, 2].map((alternative) => [share, alternative] as const));
  const candidates = ways.flatMap(([share, alternative]) => {
    const [short, long] = [1, 2].map((length) => stretched(share, alternative, length).length);
    const unit = (long ?? 0) - (short ?? 0);
    const times = unit <= 0 ? 1 : 1 + Math.floor((most - (short ?? 0)) / unit);
    return [stretched(share, alternative, 0), stretched(share, alternative, Math.max(0, times))];
  });
  return candidates
    .filter(({ length }) => length <= most)
    .reduce((longest, one) => (one.length > longest.length ? one : longest), '');
}

function written(node: Node, answers: Answers): string {
  switch (node.is) {
    case 'text':
      return node.characters[answers.which(node.characters.length)] ?? '';
    case 'sequence':
      return node.nodes.map((one) => written(one, answers)).join('');
    case 'either': {
      const chosen = node.nodes[(answers.alternative ?? answers.which)(node.nodes.length)];
      return chosen === undefined ? '' : written(chosen, answers);
    }
    case 'repeat':
      return Array.from({ length: answers.times(node.least, node.most) }, () =>
        written(node.node, answers),
      ).join('');
  }
}

function parsed(pattern: string): Node {
  return new Parser(pattern).parse();
}

class Parser {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): Node {
    const node = this.#either();
    if (this.#at < this.#pattern.length) throw this.#unknown();
    return node;
  }

  get #next(): string {
    return this.#pattern[this.#at] ?? '';
  }

  #take(): string {
    const taken = this.#next;
    this.#at += 1;
    return taken;
  }

  #unknown(): Error {
    return new Error(`no text can be made for ${this.#pattern}: unknown at ${this.#at}, "${this.#next}"`);
  }

  #either(): Node {
    const nodes = [this.#sequence()];
    while (this.#next === '|') {
      this.#take();
      nodes.push(this.#sequence());
    }
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { is: 'either', nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (this.#next !== '' && this.#next !== '|' && this.#next !== ')') {
      if (this.#next === '^' || this.#next === '$') this.#take();
      else nodes.push(this.#quantified(this.#one()));
    }
    return { is: 'sequence', nodes };
  }

  #one(): Node {
    const character = this.#take();
    if (character === '(') {
      if (this.#pattern.startsWith('?:', this.#at)) this.#at += 2;
      else if (this.#next === '?') throw this.#unknown();
      const node = this.#either();
      if (this.#take() !== ')') throw this.#unknown();
      return node;
    }
    if (character === '[') return { is: 'text', characters: this.#class() };
    if (character === '.') return { is: 'text', characters: LETTERS };
    return { is: 'text', characters: character === '\\' ? this.#escape() : character };
  }

  #quantified(node: Node): Node {
    const bounds = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})/.exec(this.#pattern.slice(this.#at));
    if (bounds === null) return node;
    const [all, sign, low = '', comma, high] = bounds;
    this.#at += all.length;
    if (sign !== undefined) {
      return { is: 'repeat', node, least: sign === '+' ? 1 : 0, most: sign === '?' ? 1 : Infinity };
    }
    const least = Number(low);
    const most = comma === undefined ? least : high === '' ? Infinity : Number(high);
    return { is: 'repeat', node, least, most };
  }

  #class(): string {
    const isNegated = this.#next === '^';
    if (isNegated) this.#take();
    let characters = '';
    while (this.#next !== ']') {
      if (this.#next === '') throw this.#unknown();
      const first = this.#take();
      const from = first === '\\' ? this.#escape() : first;
      if (from.length === 1 && this.#next === '-' && this.#pattern[this.#at + 1] !== ']') {
        this.#take();
        const last = this.#take();
        characters += range(from, last === '\\' ? this.#escape() : last);
      } else characters += from;
    }
    this.#take();
    if (!isNegated) return characters;
    return Array.from(LETTERS + PRINTABLE)
      .filter((one) => !characters.includes(one))
      .join('');
  }

  #escape(): string {
    const character = this.#take();
    if (character === 'd') return DIGITS;
    if (character === 's') return ' ';
    if (character === 'S') return LETTERS;
    if (character === 'w') return LETTERS;
    if (character === 'x') {
      const code = Number.parseInt(this.#pattern.slice(this.#at, this.#at + 2), 16);
      this.#at += 2;
      return String.fromCodePoint(code);
    }
    if (/\w/.test(character)) throw this.#unknown();
    return character;
  }
}

function range(from: string, to: string): string {
  const [first, last] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
  return Array.from({ length: last - first + 1 }, (_, index) => String.fromCodePoint(first + index)).join('');
}
