import assert from "node:assert/strict";
import { test } from "node:test";
import { whyNotAllowed } from "./permission.ts";

const PLACE = { cwd: "/work/project", home: "/home/me" };

function allowed(list: readonly string[], allow: readonly string[] = [], deny: readonly string[] = []): string[] {
  return list.filter((shell) => whyNotAllowed(shell, { allow, deny }, PLACE) === undefined);
}

test("what only reads, inside the folder, needs no rule", () => {
  const reads = [
    "git status",
    "git log --oneline -5",
    "git diff HEAD~1 -- src",
    "git branch --show-current",
    "cat a.txt | head -3 | wc -l",
    "grep -rn needle src 2>/dev/null",
    "ls -la && pwd",
    "[ -f x ] && echo yes",
    "find . -name '*.ts'",
    "sed -n 1,5p file",
    "sort < list.txt",
  ];
  assert.deepEqual(allowed(reads), reads);
});

test("what writes, runs something else, or reads elsewhere needs one", () => {
  const others = [
    "rm x",
    "cat /etc/passwd",
    "cat ../secret",
    "cat ~/.ssh/id_rsa",
    "grep x --file=/etc/passwd",
    "head -n1 $SECRET",
    "echo $OPENAI_API_KEY",
    "echo hi > x",
    "echo $(id)",
    "echo `id`",
    "cat <(id)",
    "find . -delete",
    "find . -exec rm {} +",
    "git diff --output=x",
    "git log --ext-diff",
    "git -c core.pager=id log",
    "git branch new",
    "git tag v1",
    "git remote add x y",
    "git push",
    "rg --pre id x",
    "sort -o x y",
    "uniq a b",
    "date -s now",
    "sed -i s/a/b/ x",
    "sed -n 'w x' y",
    "LESSOPEN=id cat x",
    "xargs rm",
    "env",
    "ls & id",
    "f() { id; }; f",
    "echo 'unclosed",
    "cd .. && cat x",
    "tee x < y",
    "sort < /etc/passwd",
    "printf -v PATH x",
    "constructor",
    "cd && cat .ssh/id_rsa",
    "cd - && cat x",
    "cat ~root/x",
    "cat {/etc/passwd,x}",
    "cat $'/etc/passwd'",
    "grep -rf/etc/passwd x",
    "grep -f /etc/passwd x",
    "echo /etc/passwd | xargs cat",
    "./run --version",
    "jq -n env",
    "jq -n '$ENV.X'",
    "ps auxe",
    "file -C -m x",
    "git diff --outp=x",
    "git branch --del x",
    "git blame --contents=/etc/passwd x",
    "git -C /elsewhere log",
    "sort --outp=x y",
    "date -us now",
  ];
  assert.deepEqual(allowed(others), []);
});

test("a rule is for every part of a line, and ends where the word ends", () => {
  const rules = ["Bash(git add:*)", "Bash(npm run *)", "Bash(make build)", "Read"];
  const list = [
    "git add -A",
    "git add",
    "git addx",
    "git add x && rm y",
    "git add $(id)",
    "npm run test && git add .",
    "npm run",
    "npm runx",
    "make build",
    "make build all",
    "timeout 5 git add x",
    "GIT_DIR=/x git add y",
  ];
  assert.deepEqual(allowed(list, rules), [
    "git add -A",
    "git add",
    "npm run test && git add .",
    "npm run",
    "make build",
    "timeout 5 git add x",
  ]);
});

test("Bash alone allows everything but what is denied", () => {
  const list = ["rm x", "echo $(id)", "git push --force", "a; git push"];
  assert.deepEqual(allowed(list, ["Bash"], ["Bash(git push:*)"]), ["rm x", "echo $(id)"]);
});
