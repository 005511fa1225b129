package diagnose

// Hint is something to know about a request that was accepted: the cloud may
// answer otherwise, or the client did not mean it so. A hint never stands among
// the ids of x-cosemu-diagnosis.
type Hint struct {
	// ID names what was seen; it does not change.
	ID string `json:"id"`
	// Sentence says what was seen, Advice what to change.
	Sentence Text `json:"sentence"`
	Advice   Text `json:"advice"`
}
