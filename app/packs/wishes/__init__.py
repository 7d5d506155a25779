"""Small wishes (微心愿) of members in need, and who fulfils them."""
