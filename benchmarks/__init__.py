"""What the hot paths cost, measured on real servers over HTTP against references in one run.

`./run bench` is the door. Every figure is a ratio to a reference that is measured interleaved
with it, so that a slow minute of the machine meets both. How to read them:
docs/performance.md.

    ground.py       a deployment of its own: servers, people, the service, the references
    load.py         the crowd: a process that sends prepared requests and times the answers
    rounds.py       subject and references in turn, round after round; conservation after each
    paths/          what is measured, one module a subject
    references/     what a team would write otherwise, small and honest
"""
