package diagnose_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer/diagnose"
)

// TestTitles: each id has words of its own, short enough for a list, in both languages.
func TestTitles(t *testing.T) {
	seen := map[string]diagnose.ID{}
	for _, id := range diagnose.IDs() {
		title := id.Title()
		for _, text := range []string{title.En, title.Zh} {
			require.NotEqual(t, string(id), text, "it has a title")
			require.Empty(t, seen[text], "%s: %s", id, text)
			seen[text] = id
		}
		require.LessOrEqual(t, len(title.En), 32, id)
		require.LessOrEqual(t, len([]rune(title.Zh)), 28, id)
	}
	require.Equal(t, diagnose.Text{En: "new", Zh: "new"}, diagnose.ID("new").Title())
}
