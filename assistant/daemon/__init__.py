"""For ever: every account watched by a thread of its own, and somebody who watches the threads.

`watch` is one account's loop: connect, pass, wait, and after a failure a longer wait; read it first.
`supervisor` starts the threads, reads the config anew when asked to, and stops them between two messages.
`board` is where each thread says how it stands; `health` writes that down for `assistant status`,
`systemd` tells the service manager, and `notices` the user. One account that fails never delays another.
"""

from assistant.daemon.board import Board, Standing
from assistant.daemon.supervisor import Daemon, Plan
from assistant.daemon.watch import Connected, Pace, Runner

__all__ = ["Board", "Connected", "Daemon", "Pace", "Plan", "Runner", "Standing"]
