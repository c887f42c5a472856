import { describe, expect, it } from '@jest/globals';
import { parseArguments } from '../../bench/arguments';
import { TASK_NAMES } from '../../bench/task-names';

describe('parseArguments', () => {
  it('runs every task on vsftpd by default', () => {
    expect(parseArguments([])).toEqual({
      ...{ server: 'vsftpd', size: 1024, rounds: 5, part: 1, delay: 50, only: TASK_NAMES },
      ...{ peers: undefined, folder: undefined, json: undefined },
    });
  });

  it('accepts lists separated by commas and repeated options', () => {
    const args = parseArguments(['--only', 'get,put', '--only', 'noop', '--peers', 'bare socket']);
    expect(args).toMatchObject({ only: ['get', 'put', 'noop'], peers: ['bare socket'] });
  });

  it('recognizes --help', () => {
    expect(parseArguments(['--help'])).toBe('help');
  });

  it.each([
    [['--only', 'nothing'], /no task "nothing"/],
    [['--peers', 'wget'], /no peer "wget"/],
    [['--server', 'wuftpd'], /no server "wuftpd"/],
    [['--rounds', '0'], /--rounds/],
    [['--size', 'big'], /--size/],
    [['--part', '2'], /--part/],
    [['--fast'], /--fast/],
  ])('rejects %j', (args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});
