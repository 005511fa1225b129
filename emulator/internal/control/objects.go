package control

import (
	"context"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/addr"
	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// objectCalls list, fetch and delete objects. They need no signature and look at no rights.
type objectCalls struct{ *shared }

// object is an object in a list.
type object struct {
	Key          string    `json:"key"`
	Size         int64     `json:"size" doc:"In bytes."`
	ETag         string    `json:"etag" doc:"Without quotes."`
	Modified     time.Time `json:"modified"`
	StorageClass string    `json:"storage_class"`
}

type objectsInput struct {
	AccountInput
	Name      string `path:"name"`
	Prefix    string `query:"prefix" maxLength:"1024" doc:"Only keys with this prefix."`
	Delimiter string `query:"delimiter" maxLength:"1024" example:"/" doc:"Keys that have it after the prefix are joined in common prefixes."`
	Marker    string `query:"marker" maxLength:"1024" doc:"Only keys after this one: the next_marker of the previous page."`
	Limit     int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"The most objects and common prefixes together."`
}

type objectsOutput struct {
	Body struct {
		Objects    []object `json:"objects" doc:"Sorted by key."`
		Prefixes   []string `json:"prefixes" doc:"Common prefixes."`
		NextMarker string   `json:"next_marker,omitempty" doc:"The marker of the next page. Absent on the last page."`
	}
}

// objectInput names an object. The key is a query parameter: HTTP clients and servers remove //
// and dot segments from a path, and a key may contain them.
type objectInput struct {
	AccountInput
	Name string `path:"name"`
	Key  string `query:"key" required:"true" minLength:"1" maxLength:"1024"`
}

func (c *objectCalls) register(api huma.API) {
	huma.Register(api, c.operation("list-objects", http.MethodGet, "/buckets/{name}/objects",
		"The objects of a bucket, whatever its ACL", http.StatusOK, http.StatusNotFound), c.listObjects)
	get := c.operation("download-object", http.MethodGet, "/buckets/{name}/objects/content",
		"An object's bytes, as a download", http.StatusOK, http.StatusNotFound)
	get.Responses = map[string]*huma.Response{"200": {
		Description: "The bytes. The Content-Type is always the same, so that no browser opens them as a page of this listener.",
		Content:     map[string]*huma.MediaType{downloadType: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}}
	huma.Register(api, get, c.downloadObject)
	huma.Register(api, c.operation("delete-object", http.MethodDelete, "/buckets/{name}/objects",
		"Delete an object", http.StatusNoContent, http.StatusNotFound), c.deleteObject)
}

func (c *objectCalls) listObjects(_ context.Context, in *objectsInput) (*objectsOutput, error) {
	if err := c.owns(in.Account, in.Name); err != nil {
		return nil, err
	}
	page, err := c.emulator.Store().List(in.Name, storage.ListOptions{
		Prefix: in.Prefix, Delimiter: in.Delimiter, Marker: in.Marker, Max: in.Limit,
	})
	if err != nil {
		return nil, c.storageError("listing the objects", err)
	}
	out := &objectsOutput{}
	out.Body.Objects = make([]object, 0, len(page.Objects))
	for i := range page.Objects {
		o := &page.Objects[i]
		class := o.StorageClass
		if class == "" {
			class = "STANDARD"
		}
		out.Body.Objects = append(out.Body.Objects, object{
			Key: o.Key, Size: o.Size, ETag: o.ETag, Modified: o.Modified.UTC(), StorageClass: class,
		})
	}
	out.Body.Prefixes = append([]string{}, page.Prefixes...)
	if page.Truncated {
		out.Body.NextMarker = page.NextMarker
	}
	return out, nil
}

func (c *objectCalls) deleteObject(_ context.Context, in *objectInput) (*struct{}, error) {
	if err := c.owns(in.Account, in.Name); err != nil {
		return nil, err
	}
	st := c.emulator.Store()
	if _, err := st.Stat(in.Name, in.Key); err != nil {
		return nil, c.storageError("reading the object", err)
	}
	if _, err := st.Delete(in.Name, in.Key, c.emulator.Accounts().Now(addr.AppID(in.Name)).UTC()); err != nil {
		return nil, c.storageError("deleting the object", err)
	}
	return nil, nil
}

// downloadType is the Content-Type of every download. A stored HTML page must not run with the
// rights of the console.
const downloadType = "application/octet-stream"

func (c *objectCalls) downloadObject(_ context.Context, in *objectInput) (*huma.StreamResponse, error) {
	if err := c.owns(in.Account, in.Name); err != nil {
		return nil, err
	}
	r, err := c.emulator.Store().Open(in.Name, in.Key)
	if err != nil {
		return nil, c.storageError("opening the object", err)
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer r.Close()
		_, w := humago.Unwrap(ctx)
		head := w.Header()
		head.Set("Content-Type", downloadType)
		head.Set("Content-Disposition", attachment(in.Key))
		head.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		head.Set("Content-Length", strconv.FormatInt(r.Size, 10))
		if _, err := io.CopyBuffer(perWriteDeadline{w}, struct{ io.Reader }{r}, make([]byte, 256<<10)); err != nil {
			c.log.Debug("control: a download was interrupted", "bucket", in.Name, "key", in.Key, "error", err)
			panic(http.ErrAbortHandler) // the client must not take a part for the whole
		}
	}}, nil
}

// perWriteDeadline gives each write a deadline of its own, so that a long answer may take long.
type perWriteDeadline struct{ http.ResponseWriter }

// Write implements io.Writer.
func (w perWriteDeadline) Write(p []byte) (int, error) {
	extendDeadline(w.ResponseWriter, 0)
	return w.ResponseWriter.Write(p)
}

// attachment returns a Content-Disposition whose file name is the last part of the key (RFC 6266,
// encoded by RFC 8187).
func attachment(key string) string {
	name := path.Base(strings.ReplaceAll(key, `\`, "/"))
	if strings.Trim(name, "./") == "" {
		name = "object"
	}
	return "attachment; filename*=UTF-8''" + signer.Encode(strings.ToValidUTF8(name, "_"))
}
