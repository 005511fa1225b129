package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/signer/diagnose/internal/resign"
)

var wordsTransferEncoding = Message{
	ID: TransferEncoding,
	Sentence: Text{
		En: "Content-Length was signed, but the body came with Transfer-Encoding: {arrived} and without Content-Length.",
		Zh: "签名包含 Content-Length，但请求体以 Transfer-Encoding: {arrived} 发送，没有 Content-Length。",
	},
	Advice: Text{
		En: "Give the HTTP client the body's length (a file, bytes, or contentLength), so that it sends Content-Length; or leave Content-Length out when you sign.",
		Zh: "把请求体的长度告诉 HTTP 客户端（传文件、字节数组，或设置 contentLength），让它发送 Content-Length；或者签名时不要包含 Content-Length。",
	},
}

// chunkedLength reports whether Content-Length was signed of a body that came
// without one, in chunks.
func (e *evidence) chunkedLength() bool {
	return e.claim != nil && len(e.req.TransferEncoding) > 0 && e.headers.misses("content-length")
}

// proposeChunked asks whether a length was signed of a body that came chunked.
func (s *search) proposeChunked(list int, length string) {
	s.proposeEdit(resign.Edit{Dim: resign.Headers, List: list, At: -1, Pair: signer.NewPair("content-length", length)}, &wordsTransferEncoding,
		Values{Name: "Content-Length", Signed: length, Arrived: strings.Join(s.e.req.TransferEncoding, ", ")}, true)
}

func observeTransferEncoding(e *evidence) []Finding {
	if e.holds || !e.chunkedLength() {
		return nil
	}
	f := wordsTransferEncoding.Finding(Values{Name: "Content-Length", Arrived: strings.Join(e.req.TransferEncoding, ", ")})
	f.rank, f.explains = rankObserved, true
	return []Finding{f}
}
