"""The token agent: the key stays in the clerk's own machine, the documents are prepared on the server.

    server                                              clerk's machine
    AgentHolder ─▶ post (folder) ◀─▶ desk (WSGI) ◀─HTTP─▶ link ◀─ agent ─▶ any KeyHolder at hand (token, PKCS#12)
                                                                    └▶ journal

`registering` pairs the two once, `sealing` authenticates every message both ways, `messages` are what is said, `checking` is why the
clerk need not believe the server: what is signed is recomputed from the document before anybody is asked.

The server's command calls `registering.pair`, `paired`, `unpair`, `desk.Desk`, `serving.serve`, `holder.AgentHolder`; the clerk's calls
`sealing.read_pairing` and `agent.run_agent`.
"""
