"""No deploys on Fridays.

Hook Metadata:
    name: no friday deploys
    type: PreToolUse
    priority: 10
    enabled: true
"""

import datetime


def pre_tool_use(call):
    command = call.get("tool_input", {}).get("command", "")
    if call.get("tool_name") == "Bash" and "deploy" in command and datetime.date.today().weekday() == 4:
        return {
            "hookSpecificOutput": {
                "hookEventName": "PreToolUse",
                "permissionDecision": "deny",
                "permissionDecisionReason": "No deploys on Fridays.",
            }
        }
    return None
