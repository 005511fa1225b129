package ops

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/body"
	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/xmldoc"
	"github.com/cosemu/cosemu/storage"
)

// initiateUpload begins an upload in parts (COS docs: Initiate Multipart
// Upload). Its x-cos-forbid-overwrite holds for this call alone; Complete has
// its own (choice 178).
func initiateUpload(env *call.Env, c *call.Call) (*call.Reply, error) {
	meta, err := readMetadata(c, c.HTTP.Header)
	if err != nil {
		return nil, err
	}
	if err := checkKey(c.Key()); err != nil {
		return nil, err
	}
	if err := checkOverwrite(env, c, &meta); err != nil {
		return nil, err
	}
	object := meta.object(c)
	object.Key = c.Key()
	upload, err := env.Store.CreateUpload(c.Bucket.Name, storage.Upload{Object: object, Initiator: c.Who.Key.AppID})
	if err != nil {
		return nil, err
	}
	x := xmldoc.NewWriter("")
	x.Open("InitiateMultipartUploadResult")
	x.Text("Bucket", c.Bucket.Name)
	x.Text("Key", upload.Key)
	x.Text("UploadId", upload.ID)
	x.Close("InitiateMultipartUploadResult")
	rep := call.XMLReply(x.Bytes())
	rep.Encryption(upload.Header)
	return rep, nil
}

// uploadPart stores one part; its size is judged at the end alone (COS docs:
// Upload Part).
func uploadPart(env *call.Env, c *call.Call) (*call.Reply, error) {
	if err := new(metadata).readEncryption(c.HTTP.Header); err != nil {
		return nil, err
	}
	upload, number, err := findPart(env, c)
	if err != nil {
		return nil, err
	}
	pace, err := env.ReadTraffic(c, c.HTTP.Header)
	if err != nil {
		return nil, err
	}
	spec, cerr := body.Check(c.Content(), maxObject)
	if cerr != nil {
		return nil, cerr
	}
	part, err := receivePart(env, c, upload.ID, number, spec, env.Incoming(c, c.Content().Body, pace))
	if err != nil {
		return nil, err
	}
	return putReply(c, &storage.Object{ETag: part.ETag, CRC64: part.CRC64, Header: upload.Header}), nil
}

// findPart reads which part of which upload a request is about (choice 176).
func findPart(env *call.Env, c *call.Call) (storage.Upload, int, error) {
	number, ok := chars.Number(c.Query().Value("partNumber"))
	if !ok || number < 1 || number > storage.MaxPart {
		return storage.Upload{}, 0, coserr.New(coserr.InvalidArgument).
			WithMessage("Part number must be an integer between 1 and 10000, inclusive.")
	}
	if !c.Query().Has("uploadId") {
		return storage.Upload{}, 0, coserr.New(coserr.InvalidArgument).WithMessage("A partNumber needs an uploadId.")
	}
	upload, err := env.Store.Upload(c.Bucket.Name, c.Key(), c.Query().Value("uploadId"))
	return upload, int(number), err
}

// receivePart stores what src holds as a part: all of it, once it has all
// arrived and is right, or nothing.
func receivePart(env *call.Env, c *call.Call, uploadID string, number int, spec body.Spec, src io.Reader) (*storage.Part, error) {
	staged, digest, err := stage(env, c, spec, src)
	if err != nil {
		return nil, err
	}
	part := &storage.Part{Number: number, ETag: etag(&digest.MD5), CRC64: digest.CRC64, Modified: c.At.UTC()}
	return part, staged.CommitPart(c.Bucket.Name, c.Key(), uploadID, *part)
}

// abortUpload ends an upload and drops its parts (COS docs: Abort Multipart
// Upload).
func abortUpload(env *call.Env, c *call.Call) (*call.Reply, error) {
	if err := env.Store.AbortUpload(c.Bucket.Name, c.Key(), c.Query().Value("uploadId")); err != nil {
		return nil, err
	}
	return c.Reply(http.StatusNoContent), nil
}

// copyPart stores a piece of an object as a part (COS docs: Upload Part -
// Copy). Its answer prints the quotes of the ETag as they are, and the time
// without a zone; CRC64 stands where Copy Object has it (choice 184).
func copyPart(env *call.Env, c *call.Call) (*call.Reply, error) {
	upload, number, err := findPart(env, c)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkSourceKey(c.HTTP.Header), new(metadata).readEncryption(c.HTTP.Header)); err != nil {
		return nil, err
	}
	if err := checkSourceConditions(c.HTTP.Header); err != nil {
		return nil, err
	}
	at, err := readSource(env, c)
	if err != nil {
		return nil, err
	}
	source, err := openSource(env, c, at)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	from, length, err := sourceRange(c.HTTP.Header, source.Size)
	if err != nil {
		return nil, err
	}
	if _, err := source.Seek(from, io.SeekStart); err != nil {
		return nil, err
	}
	part, err := receivePart(env, c, upload.ID, number, body.Spec{Length: length, Limit: maxObject}, source)
	c.Out.Received = 0 // none of it came from the client
	if err != nil {
		return nil, err
	}
	x := xmldoc.NewWriter("")
	x.Open("CopyPartResult")
	x.Raw("ETag", `"`+part.ETag+`"`)
	x.Text("CRC64", strconv.FormatUint(part.CRC64, 10))
	x.Time("LastModified", part.Modified, "2006-01-02T15:04:05")
	x.Close("CopyPartResult")
	rep := call.XMLReply(x.Bytes())
	rep.Encryption(upload.Header)
	copied(rep, &source.Object)
	return rep, nil
}

// sourceRange reads x-cos-copy-source-range, `bytes=first-last` and nothing
// else; the whole source without it (choice 184).
func sourceRange(h http.Header, size int64) (from, length int64, err error) {
	text := call.First(h, "X-Cos-Copy-Source-Range")
	if text == "" {
		if size > maxObject {
			return 0, 0, coserr.New(coserr.EntityTooLarge)
		}
		return 0, size, nil
	}
	spec, hasUnit := strings.CutPrefix(text, "bytes=")
	a, b, _ := strings.Cut(spec, "-")
	from, hasFirst := chars.Number(a)
	last, hasLast := chars.Number(b)
	switch {
	case !hasUnit || !hasFirst || !hasLast || last < from:
		return 0, 0, coserr.New(coserr.InvalidArgument).WithMessage("x-cos-copy-source-range must be bytes=first-last.")
	case last >= size:
		return 0, 0, coserr.New(coserr.InvalidRange)
	case last-from >= maxObject:
		return 0, 0, coserr.New(coserr.EntityTooLarge)
	}
	return from, last - from + 1, nil
}
