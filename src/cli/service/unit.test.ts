import assert from "node:assert/strict";
import { test } from "node:test";
import { launchdPlist, systemdUnit } from "./unit.ts";

const spec = {
  command: ["/opt/my node/bin/node", '/home/a b/50% "x" $HOME\\codex-plus.js', "serve"],
  variables: [
    ["CODEX_PLUS_HOME", "/home/a b/100%"],
    ["HTTPS_PROXY", "http://u:p&<w>@proxy:8080"],
  ] as const,
  log: "/home/a b/logs/service.log",
};

test("a unit file carries paths with spaces, quotes, percent and dollar signs unharmed", () => {
  assert.equal(
    systemdUnit(spec),
    `[Unit]
Description=Codex-Plus, a local proxy for the Codex CLI

[Service]
ExecStart="/opt/my node/bin/node" "/home/a b/50%% \\"x\\" $$HOME\\\\codex-plus.js" "serve"
Environment="CODEX_PLUS_HOME=/home/a b/100%%"
Environment="HTTPS_PROXY=http://u:p&<w>@proxy:8080"
Restart=on-failure
RestartSec=2
TimeoutStopSec=30
UMask=0077

[Install]
WantedBy=default.target
`,
  );
});

test("a launch agent carries the same in XML", () => {
  assert.equal(
    launchdPlist(spec),
    `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key><string>dev.codex-plus</string>
  <key>ProgramArguments</key>
  <array>
    <string>/opt/my node/bin/node</string>
    <string>/home/a b/50% &quot;x&quot; $HOME\\codex-plus.js</string>
    <string>serve</string>
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>CODEX_PLUS_HOME</key><string>/home/a b/100%</string>
    <key>HTTPS_PROXY</key><string>http://u:p&amp;&lt;w&gt;@proxy:8080</string>
  </dict>
  <key>RunAtLoad</key><true/>
  <key>KeepAlive</key><dict><key>SuccessfulExit</key><false/></dict>
  <key>ExitTimeOut</key><integer>30</integer>
  <key>Umask</key><integer>63</integer>
  <key>StandardOutPath</key><string>/home/a b/logs/service.log</string>
  <key>StandardErrorPath</key><string>/home/a b/logs/service.log</string>
</dict>
</plist>
`,
  );
});
