"""Official papers as Word documents: ``form`` is what they have in common, then one module per paper (domain section 6).

Official papers are Vietnamese whatever the language of the screen, so their wording stands here and not in the catalogue.
"""
