package diagnose

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

var (
	wordsChunkSignature = Message{
		ID: AWSChunk,
		Sentence: Text{
			En: "The signature of chunk {name} does not match: its data, or the signature before it, is not what was signed. The signature of the request itself is right.",
			Zh: "第 {name} 个分块的签名不匹配：它的数据或它前面的签名与签名时不一致。请求本身的签名是对的。",
		},
		Advice: Text{
			En: "Send the body as the client signed it, byte for byte: nothing between client and server may re-encode it. A client that sends a body again signs it again.",
			Zh: "请逐字节发送客户端签名的请求体，中间的任何环节都不能重新编码。重发请求体时要重新签名。",
		},
	}
	wordsChunkMade = Message{
		ID: AWSChunk,
		Sentence: Text{
			En: "Chunk {name} was signed another way than S3 has it: {detail}.",
			Zh: "第 {name} 个分块的签名方式与 S3 规定的不同：{detail}。",
		},
		Advice: wordsChunkFormatAdvice,
	}
	wordsChunkFormatAdvice = Text{
		En: "Let an S3 SDK sign the chunks; or sign the body as a whole (x-amz-content-sha256 is its SHA-256), or not at all (UNSIGNED-PAYLOAD).",
		Zh: "请用 S3 SDK 对分块签名；或者对整个请求体签名（x-amz-content-sha256 为其 SHA-256），或不签请求体（UNSIGNED-PAYLOAD）。",
	}
	wordsChunkNone = Message{
		ID: AWSChunk,
		Sentence: Text{
			En: "x-amz-content-sha256 announces a body in signed chunks, and the body is not in chunks.",
			Zh: "x-amz-content-sha256 声明请求体由签名的分块组成，实际的请求体却没有分块。",
		},
		Advice: wordsChunkFormatAdvice,
	}
	wordsChunkFormat = Message{
		ID: AWSChunk,
		Sentence: Text{
			En: "The line before chunk {name}, or the line break behind its data, cannot be read: a chunk is <length in hex>;chunk-signature=<64 hex digits>, a line break, the data, a line break.",
			Zh: "第 {name} 个分块前面的那一行或数据后面的换行无法读取：分块由 <十六进制长度>;chunk-signature=<64 位十六进制>、换行、数据、换行组成。",
		},
		Advice: wordsChunkFormatAdvice,
	}
	wordsChunkCut = Message{
		ID: AWSChunk,
		Sentence: Text{
			En: "The body ends within chunk {name}, after {arrived} bytes of data; x-amz-decoded-content-length says {signed}. It ends with an empty chunk, which is signed too.",
			Zh: "请求体在第 {name} 个分块中间结束，只有 {arrived} 字节数据；x-amz-decoded-content-length 是 {signed}。请求体应以一个空分块结束，它也有签名。",
		},
		Advice: wordsChunkLengths,
	}
	wordsChunkSmall = Message{
		ID: AWSChunk,
		Sentence: Text{
			En: "The chunk before chunk {name} holds less than 8192 bytes. Only the last chunk with data may.",
			Zh: "第 {name} 个分块之前的分块不足 8192 字节，只有最后一个有数据的分块可以这样。",
		},
		Advice: Text{
			En: "Let the client collect 8192 bytes or more for each chunk.",
			Zh: "请让客户端每个分块至少攒够 8192 字节。",
		},
	}
	wordsChunkLength = Message{
		ID: AWSChunk,
		Sentence: Text{
			En: "x-amz-decoded-content-length says {signed} bytes, and the chunks hold {detail}.",
			Zh: "x-amz-decoded-content-length 是 {signed} 字节，而分块里的数据{detail}。",
		},
		Advice: wordsChunkLengths,
	}
	wordsChunkNoLength = Message{
		ID: AWSChunk,
		Sentence: Text{
			En: "The body is in signed chunks, and x-amz-decoded-content-length is missing or no number.",
			Zh: "请求体由签名的分块组成，却没有 x-amz-decoded-content-length，或者它不是数字。",
		},
		Advice: wordsChunkLengths,
	}
	wordsChunkLengths = Text{
		En: "x-amz-decoded-content-length is the length of the data without the framing, Content-Length that with it. Sign and send the length of the data that is really sent.",
		Zh: "x-amz-decoded-content-length 是不含分块格式的数据长度，Content-Length 是包含它的长度。请按实际发送的数据长度签名并发送。",
	}
)

// observeChunk says what is wrong with a body in signed chunks.
func observeChunk(e *evidence) []Finding {
	if e.claim == nil || e.claim.AWS == nil || e.claim.AWS.Payload != signer.PayloadChunks {
		return nil
	}
	c := e.in.Facts.Chunk
	if c == nil {
		if e.in.Facts.Code == "MissingContentLength" && e.claim.AWS.DecodedLength < 0 {
			return ranked(wordsChunkNoLength.Finding(Values{Name: "x-amz-decoded-content-length"}), rankBody)
		}
		return nil
	}
	decimal := func(n int64) string { return strconv.FormatInt(n, 10) }
	v := Values{Name: strconv.Itoa(c.Chunk), Signed: decimal(c.Decoded), Arrived: decimal(c.Data)}
	w := &wordsChunkLength
	switch c.Problem {
	case signer.ChunkSignature:
		return e.chunkSignature(c)
	case signer.ChunkFormat:
		w, v = &wordsChunkFormat, Values{Name: v.Name}
		if c.Chunk == 1 && c.Data == 0 {
			w = &wordsChunkNone
		}
	case signer.ChunkCut:
		w = &wordsChunkCut
	case signer.ChunkTooSmall:
		w, v = &wordsChunkSmall, Values{Name: v.Name}
	case signer.ChunkTooMuch:
		v.Detail = Text{En: "more, at least {arrived}", Zh: "更多，至少 {arrived} 字节"}.With(v)
	case signer.ChunkTooLittle:
		v.Detail = Text{En: "{arrived}", Zh: "只有 {arrived} 字节"}.With(v)
	}
	f := w.Finding(v)
	if w != &wordsChunkLength && w != &wordsChunkCut {
		f.Name = "" // the number of a chunk is no name
	} else {
		f.Name = "x-amz-decoded-content-length"
	}
	return ranked(f, rankBody)
}

// chunkSignature looks for another way in which the chunk may have been signed.
func (e *evidence) chunkSignature(c *signer.ChunkError) []Finding {
	f := wordsChunkSignature.Finding(Values{Name: strconv.Itoa(c.Chunk)})
	lines := strings.Split(c.StringToSign, "\n")
	if e.key.SecretKey != "" && len(lines) == 6 {
		t := &awsText{
			family: signer.AWS4, secret: e.key.SecretKey,
			day: e.claim.AWS.Scope.Date, region: e.claim.AWS.Scope.Region, service: e.claim.AWS.Scope.Service,
		}
		key := t.signingKey()
		for _, other := range chunkTexts(lines, e.claim.Signature) {
			h := hmac.New(sha256.New, key)
			h.Write([]byte(strings.Join(other.lines, "\n")))
			if hex.EncodeToString(h.Sum(nil)) == c.Signature {
				f = wordsChunkMade.Finding(Values{Name: strconv.Itoa(c.Chunk), Detail: other.detail})
				f.Proven = true
				break
			}
		}
	}
	f.Name = ""
	return ranked(f, rankBody)
}

// chunkText is what may have been signed for a chunk.
type chunkText struct {
	lines  []string
	detail Text
}

// chunkTexts are the texts of signers that were made by hand. The right one has six
// lines: algorithm, date, scope, the signature before, the hash of nothing and that
// of the data.
func chunkTexts(lines []string, seed string) []chunkText {
	with := func(at int, value string) []string {
		other := append([]string(nil), lines...)
		other[at] = value
		return other
	}
	list := []chunkText{
		{with(0, signer.AlgorithmAWS4), Text{
			En: "the first line of StringToSign was AWS4-HMAC-SHA256, and is AWS4-HMAC-SHA256-PAYLOAD for a chunk",
			Zh: "StringToSign 第一行用了 AWS4-HMAC-SHA256，分块应该用 AWS4-HMAC-SHA256-PAYLOAD",
		}},
		{append(append([]string(nil), lines[:4]...), lines[5]), Text{
			En: "the hash of an empty text was left out of StringToSign",
			Zh: "StringToSign 里漏了空文本的哈希",
		}},
		{with(5, emptySum), Text{
			En: "StringToSign has the hash of an empty text in place of that of the data",
			Zh: "StringToSign 里用了空文本的哈希，应该用数据的哈希",
		}},
	}
	if lines[3] != seed {
		list = append(list, chunkText{with(3, seed), Text{
			En: "it follows the signature of the request, and should follow that of the chunk before it",
			Zh: "用了请求的签名作为前一个签名，应该用前一个分块的签名",
		}})
	}
	if lines[5] == emptySum {
		list = append(list[:2], list[3:]...) // it is the data's
	}
	return list
}
